package apply_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/target"
)

// A run begins with one transaction, which makes what is missing and reads the history it leaves: no further look is
// needed before the first file.
func TestBegin(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	for n, local := range [][]file{{table(1), table(2)}, {table(1), table(2), table(3)}} {
		dir, sent, probes := t.TempDir(), 0, 0
		r := runner(t, url, &events{})
		r.Target = looking{r.Target, func(segments []target.Segment) {
			sent++
			if sends(segments, "-- What of the bookkeeping exists") {
				probes++
			}
		}}
		var err error
		if r.Journal, err = apply.OpenJournal(dir, apply.Line{What: "run", Run: r.Run}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		plan, err := r.Plan(t.Context(), parse(t, local...), false)
		if err != nil {
			t.Fatal(err)
		}
		sent = 0
		moment, err := r.Begin(t.Context(), true)
		if err != nil || sent != 2 {
			t.Fatalf("begun in %d exchanges, %v", sent, err)
		}
		if _, err := r.Apply(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		if want := 2 - n; probes != want {
			t.Errorf("run %d looked at the history %d times, want %d", n, probes, want)
		}
		at, err := time.Parse(time.RFC3339, moment)
		if err != nil || time.Since(at) > time.Hour || time.Until(at) > time.Hour {
			t.Errorf("the moment is %q", moment)
		}
		wantStrings(t, "moment on the target", query(t, url, "select (restore_to = '"+moment+"' and restore_to <= started and started - restore_to < '1 minute')::text from supabase_migrations.cairn_runs where run = '"+r.Run+"'"), "true")
		lines, err := apply.ReadJournal(dir, r.Run)
		if err != nil {
			t.Fatal(err)
		}
		point := slices.IndexFunc(lines, func(l apply.Line) bool { return l.What == "restore point" && l.Restore == moment })
		if commit := slices.IndexFunc(lines, func(l apply.Line) bool { return l.What == "committing" }); point < 0 || commit < point {
			t.Errorf("the journal says %+v", lines)
		}
	}
}

// Runners that begin at once on a fresh database all note themselves.
func TestBeginAtOnce(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	const n = 8
	errs := make(chan error, n)
	runners := make([]*apply.Runner, n)
	for i := range runners {
		runners[i] = runner(t, url, &events{})
		if _, err := runners[i].Open(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range runners {
		go func() {
			_, err := r.Begin(t.Context(), i%2 == 0)
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	wantStrings(t, "runs", query(t, url, "select count(*)::text from supabase_migrations.cairn_runs"), "8")
	for _, r := range runners {
		if h := r.History(); !h.Own || !h.Complete() {
			t.Errorf("a runner knows %+v", h)
		}
	}
}

// Without the right to make our tables the run goes on with the shared one, made by itself or by somebody else, and says
// so once.
func TestBeginWithoutRights(t *testing.T) {
	server := pgtest.Start(t, 17)
	for name, sql := range map[string][]string{
		"table of another": {"create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)", "grant usage on schema supabase_migrations to ROLE"},
		"table of others that lacks nothing, ours of another": {
			"create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)", "grant usage, create on schema supabase_migrations to ROLE",
			"create table supabase_migrations.cairn_applied (id int)",
		},
		"made by itself, ours of another": {"grant usage, create on schema supabase_migrations to ROLE", "create table supabase_migrations.cairn_runs (id int)", "create table supabase_migrations.cairn_applied (id int)"},
	} {
		t.Run(name, func(t *testing.T) {
			url := server.Database(t)
			role := "poor_" + query(t, url, "select current_database()")[0]
			query(t, url, "create schema supabase_migrations")
			query(t, url, "create role "+role+" login")
			for _, s := range append(sql, "grant all on all tables in schema supabase_migrations to ROLE", "revoke all on all tables in schema supabase_migrations from public", "grant create, usage on schema public to ROLE") {
				query(t, url, strings.ReplaceAll(s, "ROLE", role))
			}
			query(t, url, "do $$ begin if to_regclass('supabase_migrations.cairn_applied') is not null then revoke all on supabase_migrations.cairn_applied from "+role+"; end if; end $$")
			told := &events{}
			r := runner(t, url, told)
			r.Target = roleTarget{r.Target, role}
			if _, err := r.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			plan, err := r.Plan(t.Context(), parse(t, table(1), table(2)), false)
			if err != nil {
				t.Fatal(err)
			}
			moment, err := r.Begin(t.Context(), true)
			if err != nil || moment == "" {
				t.Fatalf("%q, %v", moment, err)
			}
			if _, err := r.Apply(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			wantStrings(t, "history", query(t, url, historySQL), "001", "002")
			notes := 0
			for _, f := range of[event.Found](told) {
				if f.Finding.Code == finding.HistoryShape {
					notes++
				}
			}
			if notes != 1 || r.History().Own {
				t.Errorf("%d notes, own tables %t", notes, r.History().Own)
			}
			r.Close()
			query(t, url, "drop owned by "+role+" cascade")
			query(t, url, "drop role "+role)
		})
	}
}
