package kindtest

import (
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/secret"
)

// soak is how long random schemas are tried; without it a few are.
var soak = flag.Duration("soak", 0, "try random schemas for so long")

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("rapid.nofailfile", "true")
	if *soak == 0 {
		// Each is some databases and two proofs. The same ones each time: what is new is looked for by make soak.
		_ = flag.Set("rapid.checks", "5")
		_ = flag.Set("rapid.seed", "1")
	}
	os.Exit(pgtest.Main(m))
}

// scope is a test whose databases go before it ends.
type scope struct {
	testing.TB
	cleanups []func()
}

func (s *scope) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func (s *scope) close() {
	for _, f := range slices.Backward(s.cleanups) {
		f()
	}
}

// random is a server with the roles that random schemas mention.
func random(t *testing.T, major int) *pgtest.Server {
	t.Helper()
	server := pgtest.Start(t, major)
	Script(t, server.Database(t), `DO $$ BEGIN CREATE ROLE r0; CREATE ROLE "r""1"; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
	return server
}

// TestRandom takes random schemas to each other and back: both ways are proven, and lead back to where they began.
func TestRandom(t *testing.T) {
	for _, major := range []int{15, 18} {
		end := time.Now().Add(*soak / 2)
		server := random(t, major)
		for once := true; once || time.Now().Before(end); once = false {
			rapid.Check(t, func(r *rapid.T) {
				a, b := draw(r, major), draw(r, major)
				s := &scope{TB: t}
				defer s.close()
				start, goal := server.DatabaseName(s), server.DatabaseName(s)
				Script(s, server.URL(start, "postgres"), a)
				Script(s, server.URL(goal, "postgres"), b)
				there := way(r, s, server, start, nil, goal)
				if there != nil {
					way(r, s, server, start, there, start)
				}
			})
		}
	}
}

// way proves the plan from a database, on which another plan has run, to one. It returns the plan, nil where the states
// are equal.
func way(r *rapid.T, s *scope, server *pgtest.Server, start string, first *planner.Plan, goal string) *planner.Plan {
	clone := func() string {
		name := server.CopyOf(s, start)
		if first != nil {
			Script(s, server.URL(name, "postgres"), first.SQL())
		}
		return name
	}
	o := prove.Options{
		From: Read(s, server.URL(clone(), "postgres")), To: Read(s, server.URL(goal, "postgres")),
		ToURL: secret.New(server.URL(goal, "postgres")), Dump: Judge(s, server.Major),
		Place: prove.Place{Clone: func(context.Context) (*prove.Clone, error) {
			return &prove.Clone{URL: secret.New(server.URL(clone(), "postgres")), Drop: func() {}}, nil
		}},
	}
	var err error
	if o.Plan, err = planner.New(o.From, o.To, planner.Options{}); err != nil {
		r.Fatal(err)
	}
	if o.Plan.IsEmpty() {
		return nil
	}
	p, err := prove.Plan(s.Context(), o)
	if err != nil {
		r.Fatal(err)
	}
	for _, f := range p.Findings {
		r.Errorf("%s: %s\n%s\nof the plan\n%s", f.Code, f.Message, f.Detail, o.Plan.SQL())
	}
	if p.Repaired > 0 {
		r.Errorf("it takes besides\n%s\nthe plan\n%s", (&planner.Plan{Steps: p.Plan.Steps[len(o.Plan.Steps):]}).SQL(), o.Plan.SQL())
	}
	if r.Failed() {
		r.FailNow()
	}
	if p.Reached.Hash() != o.To.Hash() {
		r.Errorf("the catalogs are equal and their hashes are not")
	}
	return o.Plan
}

// TestGenerator asserts that random schemas have every attribute of the kinds that they are made of, but for those that
// a part says it never gives.
func TestGenerator(t *testing.T) {
	server := random(t, 18)
	seen := map[string]map[string]bool{}
	for seed := range 40 {
		text := rapid.Custom(func(r *rapid.T) string { return draw(r, 18) }).Example(seed)
		s := &scope{TB: t}
		url := server.Database(s)
		Script(s, url, text)
		for _, o := range Read(s, url).Sorted() {
			if seen[o.Kind] == nil {
				seen[o.Kind] = map[string]bool{}
			}
			for _, attr := range o.Attrs.Names() {
				seen[o.Kind][attr] = true
			}
		}
		s.close()
	}
	known := map[string]*catalog.Kind{}
	for _, k := range kinds.All() {
		known[k.Name] = k
	}
	for _, p := range parts {
		if known[p.kind] == nil || seen[p.kind] == nil {
			t.Errorf("no random schema has a %s", p.kind)
			continue
		}
		var missing []string
		for attr := range known[p.kind].Rules {
			if seen[p.kind][attr] == slices.Contains(p.never, attr) {
				missing = append(missing, attr)
			}
		}
		if slices.Sort(missing); len(missing) > 0 {
			t.Errorf("of a %s random schemas never give, or give though they are said not to: %s", p.kind, strings.Join(missing, ", "))
		}
	}
}
