package apply_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// file is a migration as a test writes it: "001_name" and its text; a down text may follow.
type file struct{ name, text, down string }

func parse(t testing.TB, files ...file) []*migration.Migration {
	t.Helper()
	var all []*migration.Migration
	for _, f := range files {
		m := parseOne(t, f.name+".sql", f.text)
		if f.down != "" {
			m.Down = parseOne(t, f.name+"_down.sql", f.down)
		}
		all = append(all, m)
	}
	return all
}

func parseOne(t testing.TB, name, text string) *migration.Migration {
	t.Helper()
	m, findings := migration.Parse("supabase/migrations/"+name, []byte(text))
	for _, f := range findings {
		if f.Severity == finding.Error {
			t.Fatal(f)
		}
	}
	m.Version, m.Name, _ = strings.Cut(strings.TrimSuffix(name, ".sql"), "_")
	return m
}

// events keeps what a run told.
type events struct {
	sync.Mutex
	all []event.Event
}

func (e *events) sink(x event.Event) {
	e.Lock()
	defer e.Unlock()
	e.all = append(e.all, x)
}

// of returns the events of one type.
func of[E event.Event](e *events) []E {
	e.Lock()
	defer e.Unlock()
	var some []E
	for _, x := range e.all {
		if x, ok := x.(E); ok {
			some = append(some, x)
		}
	}
	return some
}

func runner(t testing.TB, url string, told *events) *apply.Runner {
	t.Helper()
	r := &apply.Runner{
		Target:  &direct.Target{URL: secret.New(url), Label: "test database"},
		Options: apply.Defaults(), Run: apply.NewRun(time.Now()), Verb: "test", Who: "tester@here", Sink: told.sink,
	}
	t.Cleanup(r.Close)
	return r
}

// push applies all pending migrations and returns the result as a command would have it.
func push(t testing.TB, url string, told *events, local []*migration.Migration) (*apply.Result, error) {
	t.Helper()
	r := runner(t, url, told)
	defer r.Close()
	return pushWith(t.Context(), r, local)
}

func pushWith(ctx context.Context, r *apply.Runner, local []*migration.Migration) (*apply.Result, error) {
	if _, err := r.Open(ctx); err != nil {
		return nil, err
	}
	plan, err := r.Plan(ctx, local, false)
	if err != nil {
		return nil, err
	}
	return r.Apply(ctx, plan)
}

// query returns the first column of all rows.
func query(t testing.TB, url, sql string) []string {
	t.Helper()
	s, err := (&direct.Target{URL: secret.New(url), Label: "test"}).Open(context.Background(), target.Options{Application: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rows, err := target.Rows(context.Background(), s, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var column []string
	for _, r := range rows {
		column = append(column, string(r[0]))
	}
	return column
}

func versions(done []apply.Done) []string {
	var all []string
	for _, d := range done {
		all = append(all, d.Version)
	}
	return all
}

func wantExit(t testing.TB, err error, code finding.Code, exit finding.Exit) *finding.Finding {
	t.Helper()
	f := finding.As(err)
	if f == nil || f.Code != code || f.Exit != exit {
		t.Fatalf("want %s with exit %d, got %v (%+v)", code, exit, err, f)
	}
	return f
}

func wantStrings(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

const historySQL = "select version from supabase_migrations.schema_migrations order by version"

const tablesSQL = "select relname from pg_class where relkind in ('r', 'i', 'p') and relnamespace = 'public'::regnamespace order by relname"

func table(n int) file {
	return file{name: fmt.Sprintf("%03d_t%d", n, n), text: fmt.Sprintf("create table t%d (id int);\ninsert into t%d values (%d);\n", n, n, n)}
}
