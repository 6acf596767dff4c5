package direct_test

import (
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// A connection that is free again in a moment is waited for.
func TestBusy(t *testing.T) {
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	open := func(role string) (target.Session, error) {
		return (&direct.Target{URL: secret.New(server.URL(name, role)), Label: "busy"}).Open(t.Context(), target.Options{})
	}
	admin, err := open("postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	if err := target.One(t.Context(), admin, target.Step{SQL: "create role crowded login connection limit 1"}); err != nil {
		t.Fatal(err)
	}
	first, err := open("crowded")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(200 * time.Millisecond)
		_ = first.Close()
	}()
	second, err := open("crowded")
	if err != nil {
		t.Fatal(err)
	}
	_ = second.Close()
}
