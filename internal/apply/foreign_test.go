package apply_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// wholeRun applies files as a command does: with a run that begins and ends.
func wholeRun(t *testing.T, url string, local []*migration.Migration) {
	t.Helper()
	r := runner(t, url, &events{})
	defer r.Close()
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Begin(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Plan(t.Context(), local, false)
	if err == nil {
		_, err = r.Apply(t.Context(), plan)
	}
	if err == nil {
		err = r.End(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// foreign returns what a reset would lose, by table.
func foreign(t *testing.T, url string) []apply.TableRows {
	t.Helper()
	s, err := (&direct.Target{URL: secret.New(url), Label: "test"}).Open(context.Background(), target.Options{Application: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rows, err := apply.ForeignRows(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func wantForeign(t *testing.T, when, url, table string, n int) {
	t.Helper()
	rows := foreign(t, url)
	if len(rows) != 1 || rows[0].Table != table || rows[0].Rows != n {
		t.Errorf("%s: %+v, want %d rows of %s", when, rows, n, table)
	}
}

var people = file{name: "001_people", text: "create table people (id int, name text);\ninsert into people values (0, 'ours');\n"}

func TestForeignRowsStay(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":  "select 1",
		"rewrite":  "alter table people alter column name type varchar(50)",
		"default":  "alter table people add column token uuid not null default gen_random_uuid()",
		"backfill": "update people set name = upper(name)",
		"moved":    "create table persons as select * from people; drop table people",
	} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.Start(t, 17).Database(t)
			wholeRun(t, url, parse(t, people))
			if rows := foreign(t, url); len(rows) > 0 {
				t.Fatalf("rows of ours: %+v", rows)
			}
			query(t, url, "insert into people select g, 'user' || g from generate_series(1, 1000) g")
			wantForeign(t, "before the migration", url, "public.people", 1000)
			wholeRun(t, url, parse(t, people, file{name: "002_next", text: text}))
			wantForeign(t, "after it", url, "public.people", 1000)
			wholeRun(t, url, parse(t, people, file{name: "002_next", text: text}, file{name: "003_more", text: "select 3"}))
			wantForeign(t, "after one more", url, "public.people", 1000)
		})
	}
}

// Ordinary runs alone leave nothing to ask about, whatever they rewrite.
func TestForeignRowsNone(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	wholeRun(t, url, parse(t, people))
	next := file{name: "002_next", text: "update people set name = upper(name)"}
	wholeRun(t, url, parse(t, people, next))
	if rows := foreign(t, url); len(rows) > 0 {
		t.Errorf("%+v", rows)
	}
}

func TestForeignRowsUnlogged(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	wholeRun(t, url, parse(t, file{name: "001_quick", text: "create unlogged table quick (id int)"}))
	query(t, url, "insert into quick select g from generate_series(1, 10) g")
	wantForeign(t, "unlogged", url, "public.quick", 10)
}

// Rows that were there before the first run count, with the run noted or not.
func TestForeignRowsWithoutRun(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if rows := foreign(t, url); len(rows) > 0 {
		t.Errorf("an empty database: %+v", rows)
	}
	query(t, url, "create table notes as select 1 as id")
	wantForeign(t, "no run", url, "public.notes", 1)
	wholeRun(t, url, parse(t, people))
	wantForeign(t, "a run", url, "public.notes", 1)
}

// A table that is locked does not hold up the run: what cannot be counted is remembered as that.
func TestForeignRowsLocked(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	wholeRun(t, url, parse(t, people))
	s, err := (&direct.Target{URL: secret.New(url), Label: "test"}).Open(t.Context(), target.Options{Application: "holder"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, sql := range []string{"begin", "lock table people"} {
		if err := target.One(t.Context(), s, target.Step{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	wholeRun(t, url, parse(t, people, file{name: "002_next", text: "create table other ()"}))
	if err := target.One(t.Context(), s, target.Step{SQL: "rollback"}); err != nil {
		t.Fatal(err)
	}
	rows := foreign(t, url)
	if len(rows) != 1 || rows[0].Table != "" || !strings.Contains(rows[0].String(), "could not be counted") {
		t.Errorf("%+v", rows)
	}
}

func TestForeignDatabases(t *testing.T) {
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	other := server.URL(name, "postgres")
	s, err := (&direct.Target{URL: secret.New(other), Label: "test"}).Open(t.Context(), target.Options{Application: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	names, err := apply.Databases(t.Context(), s)
	if err != nil || !slices.Contains(names, name) || slices.Contains(names, "postgres") || slices.Contains(names, "template1") {
		t.Errorf("%q %v", names, err)
	}
	for _, want := range []bool{false, true} {
		if has, err := apply.HasTables(t.Context(), s); err != nil || has != want {
			t.Errorf("tables: %t, want %t (%v)", has, want, err)
		}
		query(t, other, "create table if not exists kept ()")
	}
}
