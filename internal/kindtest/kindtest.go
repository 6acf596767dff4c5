// Package kindtest proves what kinds of objects say of themselves, on a real Postgres. A case is two states of a
// database; it is planned and run in both directions, and the result is read again.
package kindtest

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"hash/fnv"
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
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/pgdump"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// everywhere runs each case on all majors that it is for; without, each runs on one of them, chosen by its name.
var everywhere = flag.Bool("everywhere", false, "run each case on all majors that it is for, not on one of them")

// whole has those who ask for the states of cases get both of each; without, one of each, another for each who asks.
var whole = flag.Bool("whole", false, "take both states of each case, not one")

// On returns the majors that a case runs on.
func On(name string, majors []int) []int {
	if *everywhere || len(majors) < 2 {
		return majors
	}
	i := chance(name) % len(majors)
	return majors[i : i+1]
}

// chance is a number that a name always has.
func chance(name string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return int(h.Sum32())
}

// Setup is what cases need beyond two databases of a plain server.
type Setup struct {
	Options func(major int) pgtest.Options // of the server; nil: a plain one
	Role    string                         // who does everything; "" is the superuser
	Apart   bool                           // each state has a server of its own: it is one of a whole server
	Rebuilt bool                           // a copy of a database is not in its state
	Kept    bool                           // states hold subscriptions, which keep their database from being dropped
}

// Run runs the cases in the folder testdata: archives with the files
//
//	a.sql, b.sql   the two states
//	alone.sql      statements that take no transaction, one a line, before everything; may be missing
//	both.sql       what is in both, before them; may be missing
//	seed.sql       rows that both states hold and that no plan may lose; may be missing
//	expect         lines of the forms below; may be missing
//
//	majors 15 18             run on these only; else on 15, 17 and 18
//	forward require alter column    the plan from a to b does this; "back" is from b to a, "both" is either
//	forward forbid drop table       … and does not do that
//	forward text ADD COLUMN         a statement of the plan has this in it
//	forward lacks SET LOCAL         … no statement has
//	forward loses                   rows may be lost on the way
//	forward keeps                   no statement says that anything is lost
//	back fails                      no statement can do it: the plan says so as a hazard, and fails
//	online                          plans are made for a database in use
//	forward finds CA727             the proof has findings of this code
func (s Setup) Run(t *testing.T, testdata string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no case in %s", testdata)
	}
	for _, file := range files {
		c := read(t, file)
		for _, major := range On(c.name, c.majors) {
			t.Run(fmt.Sprintf("%s/%d", c.name, major), func(t *testing.T) {
				a, b := s.state(t, major, c, c.a), s.state(t, major, c, c.b)
				c.run(t, s, major, "forward", a, b)
				c.run(t, s, major, "back", b, a)
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

// database is one of a test's.
type database struct {
	server    *pgtest.Server
	name      string
	superuser string
}

func (d database) url(role string) string {
	if role == "" {
		role = d.superuser
	}
	return d.server.URL(d.name, role)
}

// database makes one, and runs the texts in it.
func (s Setup) database(t *testing.T, major int, texts ...string) database {
	t.Helper()
	options := pgtest.Options{Major: major}
	if s.Options != nil {
		options = s.Options(major)
	}
	one := pgtest.StartWith
	if s.Apart {
		one = pgtest.New
	}
	d := database{server: one(t, options), superuser: cmp.Or(options.Superuser, "postgres")}
	d.name = d.server.DatabaseName(t)
	if s.Kept {
		t.Cleanup(func() { unsubscribe(t, d.url("")) })
	}
	Script(t, d.url(s.Role), texts...)
	return d
}

// state is one of a case's two.
type state struct {
	database
	texts   []string // what has made it
	catalog *catalog.Catalog
}

// kinds are those that are compared. What databases of a server share is compared only where it is a state's own.
func (s Setup) kinds() []*catalog.Kind {
	if s.Apart {
		return kinds.All()
	}
	return kinds.Database()
}

// state makes one.
func (s Setup) state(t *testing.T, major int, c *testcase, text string) state {
	t.Helper()
	texts := slices.Concat(c.alone, []string{c.both, text, c.seed})
	d := s.database(t, major, texts...)
	is := ReadWith(t, d.url(s.Role), s.kinds())
	if *everywhere || chance(c.name)%4 == 0 {
		holdAll(t, is, ReadWith(t, d.url(s.Role), always(s.kinds())))
	}
	return state{d, texts, is}
}

// always are the kinds, each listed whatever the database is probed to hold.
func always(some []*catalog.Kind) []*catalog.Kind {
	all := make([]*catalog.Kind, len(some))
	for i, k := range some {
		twin := *k
		twin.Rows = nil
		all[i] = &twin
	}
	return all
}

// holdAll looks whether a reading has left out something for what its kinds have said of Rows.
func holdAll(t *testing.T, is, all *catalog.Catalog) {
	t.Helper()
	for id := range all.Objects {
		if is.Objects[id] == nil {
			t.Errorf("%s is not read, since its kind's Rows are not there", id)
		}
	}
}

// testcase is one archive.
type testcase struct {
	name, both, a, b, seed string
	alone                  []string
	majors                 []int
	online                 bool
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
		case "both.sql":
			c.both = data
		case "alone.sql":
			c.alone = strings.Split(strings.TrimSpace(data), "\n")
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
			slices.Contains([]string{"require", "forbid", "text", "lacks", "loses", "keeps", "fails", "finds"}, words[1]):
			_, rest, _ := strings.Cut(strings.TrimSpace(line), words[1])
			c.expect = append(c.expect, expectation{words[0], words[1], strings.TrimSpace(rest)})
		default:
			t.Fatalf("%s: cannot read %q", file, line)
		}
	}
}

// run takes a database in the state from to the state to, and looks whether it is there.
func (c *testcase) run(t *testing.T, setup Setup, major int, direction string, from, to state) {
	t.Helper()
	clone := func(context.Context) (*prove.Clone, error) {
		d := from.database
		if setup.Apart || setup.Rebuilt {
			d = setup.database(t, major, from.texts...)
		} else {
			d.name = d.server.CopyOf(t, from.name)
			if setup.Kept {
				t.Cleanup(func() { unsubscribe(t, d.url("")) })
			}
		}
		return &prove.Clone{URL: secret.New(d.url("")), Drop: func() {}}, nil
	}
	o := prove.Options{
		Place: prove.Place{
			Clone: clone, Role: setup.Role, Planner: planner.Options{Online: c.online},
			Read: func(ctx context.Context, s target.Session) (*catalog.Catalog, error) {
				return catalog.Read(ctx, s, setup.kinds())
			},
		},
		From: from.catalog, To: to.catalog, ToURL: secret.New(to.url("")), Dump: Judge(t, major),
	}
	var err error
	if o.Plan, err = planner.New(o.From, o.To, planner.Options{Online: c.online}); err != nil {
		t.Errorf("%s: %v", direction, err)
		return
	}
	if o.Plan.IsEmpty() {
		t.Errorf("%s: the plan is empty: the states are the same", direction)
		return
	}
	proof, err := prove.Plan(t.Context(), o)
	if err != nil {
		t.Errorf("%s: %v", direction, err)
		return
	}
	if proof.Repaired > 0 {
		t.Errorf("%s: the plan falls short; it takes besides\n%s", direction, (&planner.Plan{Steps: proof.Plan.Steps[len(o.Plan.Steps):]}).SQL())
	}
	expected := map[string]bool{}
	for _, e := range c.expect {
		if e.direction == direction || e.direction == "both" {
			expected[e.what+" "+e.words] = true
			e.check(t, direction, o.Plan)
		}
	}
	failed := false
	for _, f := range proof.Findings {
		if f.Code == finding.StepFails && expected["fails "] && len(o.Plan.Hazards(catalog.Breaks)) > 0 {
			failed = true
			continue
		}
		if !expected["finds "+string(f.Code)] {
			t.Errorf("%s: %s: %s\n%s\nof the plan\n%s", direction, f.Code, f.Message, f.Detail, o.Plan.SQL())
		}
	}
	if expected["fails "] {
		if !failed {
			t.Errorf("%s: the plan does not fail\n%s", direction, o.Plan.SQL())
		}
		return
	}
	if !expected["loses "] {
		survive(t, direction, proof)
	}
}

// Judge is the pg_dump that is asked besides: on 15, where scripts/test-deps installs one, always.
func Judge(t testing.TB, major int) *pgdump.Tool {
	t.Helper()
	finder := pgdump.Finder{Environ: os.Environ()}
	tool, why := finder.Find(t.Context(), major)
	if tool == nil && major <= 15 {
		t.Fatalf("%s; scripts/test-deps installs it", why)
	}
	return tool
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
	case "keeps":
		if lost := plan.Hazards(catalog.Loss); len(lost) > 0 {
			t.Errorf("%s: %s\n%s", direction, lost[0].Text, plan.SQL())
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

// survive looks whether tables that are still there hold the rows that the case has given them.
func survive(t *testing.T, direction string, proof *prove.Proof) {
	t.Helper()
	for _, l := range proof.Lost {
		if l.Column == "" && !l.MadeUp && proof.Reached.Objects[catalog.ID{Kind: "table", Path: l.Relation}] != nil {
			t.Errorf("%s: %s had %d rows, and has %d after the plan\n%s", direction, l.Relation, l.Had, l.Has, proof.Plan.SQL())
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
