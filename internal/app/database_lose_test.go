package app

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

// TestResetAsks holds every way to lose rows by a reset of the local database to a yes. The shell is an agent's, where
// nobody can say it.
func TestResetAsks(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	config := fmt.Sprintf("project_id = \"lose\"\n[db]\nport = %d\nmajor_version = ", port)
	w := newWorkshop(t, map[string]string{
		"supabase/config.toml":          config + "17\n",
		"supabase/migrations/001_a.sql": "create table a (id int);\ninsert into a values (1);\n",
	})
	w.StateDir = t.TempDir()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		w.put(t, map[string]string{"supabase/config.toml": config + "17\n"})
		if _, err := w.StopDatabase(ctx, DatabaseRequest{}, event.Discard); err != nil {
			t.Errorf("stop: %v", err)
		}
		if d, err := w.DatabaseStatus(ctx, DatabaseRequest{}, event.Discard); err == nil {
			_ = os.RemoveAll(filepath.Dir(d.Log))
		}
	})
	reset := func() error {
		_, err := w.ResetDatabase(t.Context(), ResetRequest{}, event.Discard)
		return err
	}
	asks := func(when, what, detail string) {
		t.Helper()
		f := finding.As(reset())
		if f == nil || f.Code != finding.RowsWouldBeLost || f.Exit != finding.Refused || !strings.Contains(f.Detail, detail) ||
			!strings.HasPrefix(f.Message, "no consent to reset and lose "+what+" on local database") {
			t.Fatalf("%s: %+v, want a refusal to lose %s that says %q", when, f, what, detail)
		}
	}
	free := func(when string) {
		t.Helper()
		if err := reset(); err != nil {
			t.Fatalf("%s: %v (%+v)", when, err, finding.As(err))
		}
	}
	running := func(want bool) *Database {
		t.Helper()
		d, err := w.DatabaseStatus(t.Context(), DatabaseRequest{}, event.Discard)
		if err != nil || d.Running != want {
			t.Fatalf("running: %+v, want %t (%v)", d, want, err)
		}
		return d
	}
	stop := func() {
		t.Helper()
		if _, err := w.StopDatabase(t.Context(), DatabaseRequest{}, event.Discard); err != nil {
			t.Fatal(err)
		}
	}
	yes := func(when string) {
		t.Helper()
		w.Yes, w.Agent = true, AgentNo
		free(when)
		w.Yes, w.Agent = false, AgentYes
	}
	w.Agent = AgentYes

	free("made for the first time")
	url := running(true).URL
	free("nothing to lose")
	stop()
	free("stopped, with nothing to lose")

	execute(t, url, "insert into a values (2)")
	asks("running", "these rows", "public.a: 1 row ")
	stop()
	asks("stopped", "these rows", "public.a: 1 row ")
	running(false) // as before the refusal

	w.put(t, map[string]string{"supabase/config.toml": config + "16\n"})
	asks("of another major", "what cannot be looked at", "it cannot be started")
	w.put(t, map[string]string{"supabase/config.toml": config + "17\n"})
	if _, err := w.StartDatabase(t.Context(), DatabaseRequest{}, event.Discard); err != nil {
		t.Fatal(err)
	}
	if n := one(t, url, "select count(*) from a"); n != "2" {
		t.Errorf("%s rows after the refusals", n)
	}

	w.put(t, map[string]string{"supabase/migrations/002_b.sql": "update a set id = id + 1;\n"})
	if _, err := w.Up(t.Context(), PushRequest{}, event.Discard); err != nil {
		t.Fatal(err)
	}
	asks("rewritten by a migration", "these rows", "public.a: 1 row ")
	yes("with a yes")
	free("what was remembered is gone")

	execute(t, url, "comment on table supabase_migrations.cairn_applied is 'cairn format 99'")
	asks("of a newer format", "what cannot be looked at", "its history cannot be read")
	yes("of a newer format")

	execute(t, url, "create database beside")
	free("an empty database beside it")
	execute(t, url, "create database beside")
	execute(t, strings.TrimSuffix(url, "postgres")+"beside", "create table kept ()")
	asks("another database", "this database", "the database beside")
	yes("another database")

	execute(t, url, "drop schema supabase_migrations cascade; truncate a")
	free("no run is noted, and only the platform's rows are there")
	execute(t, url, "drop schema supabase_migrations cascade")
	asks("no run is noted", "these rows", "public.a: 1 row ")
}

func TestStatusNamesTheTarget(t *testing.T) {
	url := Where{URL: secret.New("postgresql://u:canary@h/d")}
	for _, c := range []struct {
		where Where
		hint  string
		want  string
	}{
		{url, "`cairn db push --dry-run`, then `cairn db push`", "`cairn db push --db-url … --dry-run`, then `cairn db push --db-url …`"},
		{Where{}, "`cairn db push`", "`cairn db push --local`"},
		{Where{}, "`cairn migration up`", "`cairn migration up`"},
		{Where{Local: true}, "`cairn migration up`", "`cairn migration up --local`"},
		{url, "or `cairn migration repair --accept 001 --reason …` does", "or `cairn migration repair --db-url … --accept 001 --reason …` does"},
		{url, "`cairn db start` starts it, `cairn new` asks", "`cairn db start` starts it, `cairn new` asks"},
		{Where{Local: true}, "run again with --include-all", "run again with --include-all"},
		{Where{Linked: true}, "`cairn db push --remote=staging` first", "`cairn db push --remote=staging` first"},
	} {
		if got := onTarget(c.hint, c.where, LocalByDefault); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestStatusCheckSaysItOnce(t *testing.T) {
	server := hosted(t)
	url := secret.New(server.TCP(server.DatabaseName(t), "postgres", "postgres"))
	w := newWorkshop(t, map[string]string{"supabase/migrations/001_a.sql": "select 1;\n"})
	st, err := w.Status(t.Context(), StatusRequest{Where: Where{URL: url}, Check: true}, event.Discard)
	f := finding.As(err)
	if f == nil || f.Code != finding.NotInSync || f.Exit != finding.Findings || f.Hint != "" || f.Message == st.Verdict {
		t.Fatalf("%+v, %+v", st, f)
	}
	if st.Next != "cairn db push --db-url … --dry-run, then cairn db push --db-url …" || len(st.Pending) != 1 {
		t.Errorf("%+v", st)
	}
}
