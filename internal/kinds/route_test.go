package kinds_test

import (
	_ "embed"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
	"github.com/cairndb/cairn/internal/targettest"
)

//go:embed testdata/route.sql
var routeSQL string

// Every list gives the same over the Management API, where it runs inside a block and its rows come back as text.
func TestOverTheAPI(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	conn, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), routeSQL).ReadAll(); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	to := &direct.Target{URL: secret.New(url), Label: "direct"}
	over, _ := targettest.API(t, url)
	var all []*catalog.Catalog
	for _, to := range []target.Target{to, over} {
		s, err := to.Open(t.Context(), target.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := catalog.Read(t.Context(), s, kinds.Database())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
		_ = s.Close()
	}
	if all[0].Hash() != all[1].Hash() {
		t.Errorf("differs: %v", catalog.Diff(all[0], all[1]))
	}
}
