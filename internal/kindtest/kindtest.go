// Package kindtest proves what kinds of objects say of themselves, on a real Postgres. A case is two states of a
// database; it is planned and run in both directions, and the result is read again.
package kindtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/tools/txtar"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// Run runs the cases below testdata: archives with the files
//
//	a.sql, b.sql   the two states
//	alone.sql      statements that take no transaction, one a line, before everything; may be missing
//	both.sql       what is in both, before the states; may be missing
//	seed.sql       rows that both states hold and that no plan may lose; may be missing
//	expect         lines of the forms below; may be missing
//
//	majors 15 18             run on these only; else on 15, 17 and 18
//	forward require alter column    the plan from a to b does this; "back" is from b to a, "both" is either
//	forward forbid drop table       … and does not do that
//	forward text ADD COLUMN         a statement of the plan has this in it
//	forward lacks SET LOCAL         … no statement has
//	forward loses                   rows may be lost on the way
//	back fails                      no statement can do it: the plan says so as a hazard, and fails
//	undumped                        what the states hold cannot be said in a dump
//	online                          plans are made for a database in use
func Run(t *testing.T) {
	t.Helper()
	RunWith(t, Setup{})
}

// Setup is what cases need beyond two databases of a plain server.
type Setup struct {
	Options func(major int) pgtest.Options // of the server; nil: a plain one
	Role    string                         // who does everything; "" is the superuser
	Apart   bool                           // each state has a server of its own: it is one of a whole server
}

// RunWith is Run on servers that are set up otherwise.
func RunWith(t *testing.T, setup Setup) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no case below testdata")
	}
	for _, file := range files {
		c := read(t, file)
		for _, major := range c.majors {
			t.Run(fmt.Sprintf("%s/%d", c.name, major), func(t *testing.T) {
				start, goal := setup.databases(t, major)
				c.run(t, start, goal, "forward", c.a, c.b)
				start, goal = setup.databases(t, major)
				c.run(t, start, goal, "back", c.b, c.a)
			})
		}
	}
}

// Hosted is a server with the platform and what stands in for its extensions.
func Hosted(major int) pgtest.Options {
	b := platform.Baseline{Major: major}
	return pgtest.Options{
		Major: major, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL, Extend: emulate.Install,
	}
}

// databases are two new ones, as URLs.
func (s Setup) databases(t *testing.T, major int) (start, goal string) {
	t.Helper()
	options := pgtest.Options{Major: major}
	if s.Options != nil {
		options = s.Options(major)
	}
	one := pgtest.StartWith
	if s.Apart {
		one = pgtest.New
	}
	database := func() string {
		server := one(t, options)
		if s.Role == "" {
			return server.Database(t)
		}
		return server.URL(server.DatabaseName(t), s.Role)
	}
	return database(), database()
}

// testcase is one archive.
type testcase struct {
	name, both, a, b, seed string
	alone                  []string
	majors                 []int
	online, undumped       bool
	expect                 []expectation
}

type expectation struct{ direction, what, words string }

func read(t *testing.T, file string) *testcase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &testcase{name: strings.TrimSuffix(filepath.Base(file), ".txtar"), majors: []int{15, 17, 18}}
	seen := 0
	for _, f := range txtar.Parse(text).Files {
		data := string(f.Data)
		switch f.Name {
		case "alone.sql":
			c.alone = strings.Split(strings.TrimSpace(data), "\n")
		case "both.sql":
			c.both = data
		case "a.sql":
			c.a = data
			seen++
		case "b.sql":
			c.b = data
			seen++
		case "seed.sql":
			c.seed = data
		case "expect":
			c.expects(t, file, data)
		default:
			t.Fatalf("%s: unknown part %s", file, f.Name)
		}
	}
	if seen != 2 {
		t.Fatalf("%s: a case has an a.sql and a b.sql", file)
	}
	return c
}

func (c *testcase) expects(t *testing.T, file, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case slices.Equal(words, []string{"online"}):
			c.online = true
		case slices.Equal(words, []string{"undumped"}):
			c.undumped = true
		case words[0] == "majors":
			c.majors = nil
			for _, w := range words[1:] {
				n, err := strconv.Atoi(w)
				if err != nil {
					t.Fatalf("%s: %s", file, line)
				}
				c.majors = append(c.majors, n)
			}
		case len(words) > 1 && slices.Contains([]string{"forward", "back", "both"}, words[0]) &&
			slices.Contains([]string{"require", "forbid", "text", "lacks", "loses", "fails"}, words[1]):
			_, rest, _ := strings.Cut(strings.TrimSpace(line), words[1])
			c.expect = append(c.expect, expectation{words[0], words[1], strings.TrimSpace(rest)})
		default:
			t.Fatalf("%s: cannot read %q", file, line)
		}
	}
}

// run takes a database in the state from to the state to, and looks whether it is there.
func (c *testcase) run(t *testing.T, start, goal, direction, from, to string) {
	t.Helper()
	t.Cleanup(func() { unsubscribe(t, start, goal) })
	Script(t, start, slices.Concat(c.alone, []string{c.both, from, c.seed})...)
	Script(t, goal, slices.Concat(c.alone, []string{c.both, to, c.seed})...)
	a, b := Read(t, start), Read(t, goal)
	plan, err := planner.New(a, b, planner.Options{Online: c.online})
	if err != nil {
		t.Errorf("%s: %v", direction, err)
		return
	}
	if plan.IsEmpty() {
		t.Errorf("%s: the plan is empty: the states are the same", direction)
		return
	}
	rows := count(t, start)
	loses, fails := false, false
	for _, e := range c.expect {
		if e.direction == direction || e.direction == "both" {
			loses, fails = loses || e.what == "loses", fails || e.what == "fails"
			e.check(t, direction, plan)
		}
	}
	for _, u := range plan.Units(b.Needs) {
		if err := apply(t.Context(), start, u); err != nil {
			if fails && len(plan.Hazards(catalog.Breaks)) > 0 {
				return
			}
			t.Errorf("%s: %v\nof the plan\n%s", direction, err, plan.SQL())
			return
		}
	}
	if fails {
		t.Errorf("%s: the plan does not fail\n%s", direction, plan.SQL())
	}
	is := Read(t, start)
	for _, d := range catalog.Diff(is, b) {
		t.Errorf("%s: %s\nafter the plan\n%s", direction, describe(d), plan.SQL())
	}
	if again, err := planner.New(is, b, planner.Options{}); err != nil || !again.IsEmpty() {
		t.Errorf("%s: the second plan is not empty: %v\n%s", direction, err, again.SQL())
	}
	if !loses {
		survive(t, direction, rows, count(t, start), plan)
	}
}

func describe(d catalog.Change) string {
	switch {
	case d.From == nil:
		return fmt.Sprintf("%s is missing: %s", d.ID(), d.To.Attrs.String())
	case d.To == nil:
		return fmt.Sprintf("%s is too much: %s", d.ID(), d.From.Attrs.String())
	}
	return fmt.Sprintf("%s differs in %s:\n  is     %s\n  wanted %s", d.ID(), d.Attrs, d.From.Attrs.String(), d.To.Attrs.String())
}

func (e expectation) check(t *testing.T, direction string, plan *planner.Plan) {
	t.Helper()
	does := slices.ContainsFunc(plan.Steps, func(s planner.Step) bool { return s.Verb+" "+s.Object.Kind == e.words })
	switch e.what {
	case "require":
		if !does {
			t.Errorf("%s: the plan does not %s\n%s", direction, e.words, plan.SQL())
		}
	case "forbid":
		if does {
			t.Errorf("%s: the plan does %s\n%s", direction, e.words, plan.SQL())
		}
	case "text":
		if !strings.Contains(plan.SQL(), e.words) {
			t.Errorf("%s: no statement has %q\n%s", direction, e.words, plan.SQL())
		}
	case "lacks":
		if strings.Contains(plan.SQL(), e.words) {
			t.Errorf("%s: a statement has %q\n%s", direction, e.words, plan.SQL())
		}
	}
}

// Read reads the catalog of the database at a URL.
func Read(t testing.TB, url string) *catalog.Catalog {
	t.Helper()
	return ReadWith(t, url, kinds.All())
}

// ReadWith is Read with some kinds only.
func ReadWith(t testing.TB, url string, some []*catalog.Kind) *catalog.Catalog {
	t.Helper()
	to := &direct.Target{URL: secret.New(url), Label: "the test's database", IsLocal: true}
	s, err := to.Open(t.Context(), target.Options{Application: "kindtest"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	c, err := catalog.Read(t.Context(), s, some)
	if err != nil {
		t.Fatalf("read the catalog: %v", err)
	}
	return c
}

// Script runs texts of SQL, each in one go.
func Script(t testing.TB, url string, texts ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	for _, text := range texts {
		if _, err := conn.PgConn().Exec(t.Context(), text).ReadAll(); err != nil {
			t.Fatalf("the case's own SQL fails: %v", err)
		}
	}
}

// unsubscribe drops the subscriptions of databases, which could not be dropped otherwise.
func unsubscribe(t *testing.T, urls ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for _, url := range urls {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Error(err)
			continue
		}
		rows, _ := conn.Query(ctx, `SELECT quote_ident(subname) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, name := range names {
			for _, sql := range []string{"ALTER SUBSCRIPTION %s DISABLE", "ALTER SUBSCRIPTION %s SET (slot_name = NONE)", "DROP SUBSCRIPTION %s"} {
				if _, failed := conn.Exec(ctx, fmt.Sprintf(sql, name)); failed != nil {
					err = failed
				}
			}
		}
		if err != nil {
			t.Error(err)
		}
		_ = conn.Close(ctx)
	}
}

func apply(ctx context.Context, url string, u planner.Unit) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	run := func(sql string) error {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
		return nil
	}
	if u.Alone {
		return run(u.Steps[0].SQL)
	}
	if err := run("BEGIN"); err != nil {
		return err
	}
	for _, s := range u.Steps {
		if err := run(s.SQL); err != nil {
			return err
		}
	}
	return run("COMMIT")
}

// count counts the rows of all tables of the user's.
func count(t *testing.T, url string) map[string]int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	rows, err := conn.Query(t.Context(), `SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND relnamespace::regnamespace::text NOT LIKE 'pg\_%'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int{}
	for _, table := range tables {
		var n int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM ONLY "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		all[table] = n
	}
	return all
}

// survive looks whether tables that are still there hold the rows that they had.
func survive(t *testing.T, direction string, before, after map[string]int, plan *planner.Plan) {
	t.Helper()
	for table, n := range before {
		if now, ok := after[table]; ok && now != n {
			t.Errorf("%s: %s had %d rows, and has %d after the plan\n%s", direction, table, n, now, plan.SQL())
		}
	}
}
