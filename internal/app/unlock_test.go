package app

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

// TestUnlock: who may not end a session is told so, and who may ends it.
func TestUnlock(t *testing.T) {
	server := hosted(t)
	name := server.DatabaseName(t)
	execute(t, server.URL("postgres", "supabase_admin"), "create role visitor_of_locks login password 'x'")
	later(t, server.URL("postgres", "supabase_admin"), "drop role visitor_of_locks")
	holder, err := pgconn.Connect(t.Context(), server.URL(name, "supabase_admin"))
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Exec(t.Context(), "select pg_advisory_lock(1667328370, 1)").Close(); err != nil {
		t.Fatal(err)
	}
	w := newWorkshop(t, nil)
	w.Yes = true
	unlock := func(role, password string) (*Unlocked, *finding.Finding) {
		t.Helper()
		r, err := w.Unlock(t.Context(), UnlockRequest{Where{URL: secret.New(server.TCP(name, role, password))}}, event.Discard)
		f := finding.As(err)
		if err != nil && f == nil {
			t.Fatal(err)
		}
		return r, f
	}
	r, f := unlock("visitor_of_locks", "x")
	if f == nil || f.Exit != finding.Refused || !strings.Contains(f.Message, "visitor_of_locks may not end pid ") ||
		len(r.Holders) != 1 || r.Ended != 0 {
		t.Fatalf("%+v, %+v", r, f)
	}
	if err := holder.Exec(t.Context(), "select 1").Close(); err != nil {
		t.Fatalf("the holder is gone: %v", err)
	}
	r, f = unlock("supabase_admin", "postgres")
	if f != nil || r.Ended != 1 {
		t.Fatalf("%+v, %+v", r, f)
	}
	if r, f = unlock("visitor_of_locks", "x"); f != nil || len(r.Holders) != 0 {
		t.Fatalf("%+v, %+v", r, f)
	}
}
