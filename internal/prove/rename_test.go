package prove_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/rename"
)

// TestRenames has for each case what is taken and what is only told; what is taken is proven on rows.
func TestRenames(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		choose         func([]rename.Candidate) []rename.Candidate
		taken, left    []string
		steps          int // of the plan for the rest
		rewrites       bool
	}{
		{
			name: "a table with all that is on it",
			from: `CREATE TABLE users (id int PRIMARY KEY, boss int REFERENCES users, age int CHECK (age > 0)); CREATE INDEX users_age ON users (age);
				CREATE TABLE posts (id int PRIMARY KEY, author int CONSTRAINT by REFERENCES users); COMMENT ON TABLE users IS 'who';`,
			to: `CREATE TABLE people (id int PRIMARY KEY, boss int REFERENCES people, age int CHECK (age > 0)); CREATE INDEX people_age ON people (age);
				CREATE TABLE posts (id int PRIMARY KEY, author int CONSTRAINT by REFERENCES people); COMMENT ON TABLE people IS 'they';`,
			taken: []string{
				"table public.users to public.people",
				"constraint public.people.users_age_check to public.people.people_age_check",
				"constraint public.people.users_boss_fkey to public.people.people_boss_fkey",
				"constraint public.people.users_pkey to public.people.people_pkey",
				"index public.people.users_age to public.people.people_age",
			},
			steps: 1,
		},
		{
			name:  "a column, with what mentions it",
			from:  `CREATE TABLE t (id int, mail text NOT NULL DEFAULT 'x' CHECK (mail <> '')); CREATE INDEX i ON t (lower(mail)); GRANT SELECT (mail) ON t TO PUBLIC`,
			to:    `CREATE TABLE t (id int, email text NOT NULL DEFAULT 'x' CONSTRAINT t_mail_check CHECK (email <> '')); CREATE INDEX i ON t (lower(email)); GRANT SELECT (email) ON t TO PUBLIC`,
			taken: []string{"column public.t.mail to public.t.email"},
		},
		{
			name:  "a schema",
			from:  `CREATE SCHEMA old; CREATE TABLE old.a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES old.a)`,
			to:    `CREATE SCHEMA new; CREATE TABLE new.a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES new.a)`,
			taken: []string{"schema old to new"},
		},
		{
			name:  "odd names",
			from:  `CREATE TABLE "a ""b""" ("x.y" int, z int); CREATE UNIQUE INDEX "I" ON "a ""b""" ("x.y")`,
			to:    `CREATE TABLE "a ""c""" ("x.y" int, z int); CREATE UNIQUE INDEX "I" ON "a ""c""" ("x.y")`,
			taken: []string{`table public."a ""b""" to public."a ""c"""`},
		},
		{
			name:  "several are never guessed",
			from:  `CREATE TABLE t (id int, a text, b text)`,
			to:    `CREATE TABLE t (id int, c text)`,
			left:  []string{"column public.t.a to public.t.c: 2 that go and 1 that come are alike", "column public.t.b to public.t.c: 2 that go and 1 that come are alike"},
			steps: 3,
		},
		{
			name:  "a default tells them apart",
			from:  `CREATE TABLE t (id int, a text DEFAULT 'a', b text)`,
			to:    `CREATE TABLE t (id int, c text, d text DEFAULT 'a')`,
			taken: []string{"column public.t.a to public.t.d", "column public.t.b to public.t.c"},
		},
		{
			name:  "a near miss is told",
			from:  `CREATE TABLE old (a int, b int, c int, d int); CREATE TABLE t (id int, n int)`,
			to:    `CREATE TABLE new (a int, b int, c int, d int, e int); CREATE TABLE t (id int, m bigint)`,
			left:  []string{"column public.t.n to public.t.m: it differs in type", "table public.old to public.new: 4 of 5 parts are the same"},
			steps: 4,
		},
		{
			name:   "a near miss that a person takes",
			from:   `CREATE TABLE old (a int, b int, c int, d int); CREATE TABLE t (id int, n int)`,
			to:     `CREATE TABLE new (a int, b int, c int, d int, e int); CREATE TABLE t (id int, m bigint)`,
			choose: func(all []rename.Candidate) []rename.Candidate { return all },
			taken:  []string{"column public.t.n to public.t.m", "table public.old to public.new"},
			steps:  2, rewrites: true,
		},
		{
			name:  "names that change places: each column is its table's",
			from:  `CREATE TABLE a (x int); CREATE TABLE b (y int)`,
			to:    `CREATE TABLE a (y int); CREATE TABLE b (x int)`,
			taken: []string{"column public.a.x to public.a.y", "column public.b.y to public.b.x"},
		},
		{
			name:  "an index is renamed, not built anew",
			from:  `CREATE TABLE t (id int); CREATE INDEX one ON t (id)`,
			to:    `CREATE TABLE t (id int); CREATE INDEX two ON t (id)`,
			taken: []string{"index public.t.one to public.t.two"},
		},
		{
			name: "nothing alike",
			from: `CREATE TABLE t (id int); CREATE TABLE a (x int, y text)`,
			to:   `CREATE TABLE t (id int); CREATE TABLE b (k uuid, v jsonb)`, steps: 2,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t, 17, c.from, c.to)
			choose := c.choose
			if choose == nil {
				choose = prove.Sure
			}
			r, err := prove.Renames(t.Context(), o.Place, o.From, o.To, choose)
			if err != nil {
				t.Fatal(err)
			}
			var taken, left []string
			for _, one := range r.Taken {
				taken = append(taken, one.String())
			}
			for _, f := range r.Findings() {
				left = append(left, strings.TrimPrefix(f.Message, "may have been renamed: ")+": "+f.Detail)
			}
			if diff := cmp.Diff(c.taken, taken) + cmp.Diff(c.left, left); diff != "" {
				t.Error(diff)
			}
			rest, err := planner.New(r.From, o.To, planner.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(rest.Steps) != c.steps {
				t.Errorf("the rest takes\n%s", rest.SQL())
			}
			o.Plan = &planner.Plan{Steps: slices.Concat(r.Steps, rest.Steps)}
			p := proven(t, o)
			if !p.Proven || codes(p) != "" || c.taken != nil && !c.rewrites && len(p.Lost)+len(p.Rewrites) > 0 {
				t.Errorf("%+v\n%s\n%s", p, o.Plan.SQL(), told(p))
			}
		})
	}
}

// TestRenamesThatHelpNothing are chosen, and not taken.
func TestRenamesThatHelpNothing(t *testing.T) {
	o := options(t, 17, `CREATE TABLE t (id int); CREATE TABLE a (x int, y text)`, `CREATE TABLE t (id int); CREATE TABLE b (k uuid, v jsonb)`)
	r, err := prove.Renames(t.Context(), o.Place, o.From, o.To, func([]rename.Candidate) []rename.Candidate {
		return []rename.Candidate{{From: o.From.Get("table", "public", "a"), To: o.To.Get("table", "public", "b")}}
	})
	if err != nil || len(r.Taken)+len(r.Steps) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
