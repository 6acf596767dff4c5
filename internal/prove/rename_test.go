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
			to:    `CREATE TABLE t (id int, d text DEFAULT 'a', c text)`,
			taken: []string{"column public.t.a to public.t.d", "column public.t.b to public.t.c"},
		},
		{
			name:  "a column that is dropped, and another that is added",
			from:  `CREATE TABLE t (id int, email text)`,
			to:    `CREATE TABLE t (id int, email text); ALTER TABLE t DROP COLUMN email, ADD COLUMN phone text`,
			left:  []string{"column public.t.email to public.t.phone: it is like it, in another place"},
			steps: 2,
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
			name: "indexes of an attached partition, which cannot be dropped",
			from: `CREATE TABLE m (id int NOT NULL, a int) PARTITION BY RANGE (id); CREATE TABLE p PARTITION OF m FOR VALUES FROM (0) TO (9);
				CREATE INDEX i ON m (a); ALTER TABLE m ADD PRIMARY KEY (id)`,
			to: `CREATE TABLE m (id int NOT NULL, a int) PARTITION BY RANGE (id); CREATE TABLE p PARTITION OF m FOR VALUES FROM (0) TO (9);
				CREATE INDEX i ON m (a); ALTER TABLE m ADD PRIMARY KEY (id); ALTER INDEX p_a_idx RENAME TO own; ALTER INDEX p_pkey RENAME TO key`,
			taken: []string{"constraint public.p.p_pkey to public.p.key", "index public.p.p_a_idx to public.p.own"},
		},
		{
			name: "types, with what uses them",
			from: `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, b mood); CREATE DOMAIN age AS int CHECK (VALUE > 0); CREATE TYPE span AS RANGE (subtype = date);
				CREATE TABLE t (id int, m mood DEFAULT 'ok', p pair, a age, s span); CREATE VIEW v AS SELECT m FROM t WHERE m > 'sad'`,
			to: `CREATE TYPE feeling AS ENUM ('sad', 'ok'); CREATE TYPE two AS (a int, b feeling); CREATE DOMAIN years AS int CHECK (VALUE > 0); CREATE TYPE days AS RANGE (subtype = date);
				CREATE TABLE t (id int, m feeling DEFAULT 'ok', p two, a years, s days); CREATE VIEW v AS SELECT m FROM t WHERE m > 'sad'`,
			taken: []string{
				"domain public.age to public.years", "enum public.mood to public.feeling", "range public.span to public.days",
				"composite public.pair to public.two", "domain_constraint public.years.age_check to public.years.years_check",
			},
			steps: 4, // the multirange type, and the functions that make one
		},
		{
			name:  "a value of an enum that is only spelled otherwise",
			from:  `CREATE TYPE state AS ENUM ('In Progress', 'done'); CREATE TABLE t (s state)`,
			to:    `CREATE TYPE state AS ENUM ('in_progress', 'done'); CREATE TABLE t (s state)`,
			steps: 1,
		},
		{
			name: "views, functions, triggers, policies, sequences",
			from: `CREATE TABLE t (id int); CREATE SEQUENCE counter; CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
				CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN n * 2; CREATE PROCEDURE tidy(n int) LANGUAGE sql AS '';
				CREATE TRIGGER before BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch(); CREATE POLICY own ON t USING (id > twice(1));
				ALTER TABLE t ALTER id SET DEFAULT nextval('counter'); CREATE VIEW v AS SELECT id, twice(id) AS d FROM t; CREATE MATERIALIZED VIEW mv AS SELECT d FROM v;
				GRANT SELECT ON v TO PUBLIC; COMMENT ON FUNCTION twice IS 'double'; CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;`,
			to: `CREATE TABLE t (id int); CREATE SEQUENCE numbers; CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
				CREATE FUNCTION doubled(n int) RETURNS int LANGUAGE sql IMMUTABLE RETURN n * 2; CREATE PROCEDURE sweep(n int) LANGUAGE sql AS '';
				CREATE TRIGGER first BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp(); CREATE POLICY mine ON t USING (id > doubled(1));
				ALTER TABLE t ALTER id SET DEFAULT nextval('numbers'); CREATE VIEW w AS SELECT id, doubled(id) AS d FROM t; CREATE MATERIALIZED VIEW mw AS SELECT d FROM w;
				GRANT SELECT ON w TO PUBLIC; COMMENT ON FUNCTION doubled IS 'double'; CREATE RULE q AS ON DELETE TO t DO INSTEAD NOTHING;`,
			taken: []string{
				"function public.touch() to public.stamp()", "function public.twice(integer) to public.doubled(integer)", "procedure public.tidy(integer) to public.sweep(integer)",
				"rule public.t.r to public.t.q", "sequence public.counter to public.numbers", "policy public.t.own to public.t.mine",
				"trigger public.t.before to public.t.first", "view public.v to public.w", "materialized_view public.mv to public.mw",
			},
		},
		{
			name: "a table that was renamed by hand: what is on it keeps its names",
			from: `CREATE TABLE users (id int PRIMARY KEY, age int CHECK (age > 0)); CREATE INDEX users_age ON users (age)`,
			to: `CREATE TABLE users (id int PRIMARY KEY, age int CHECK (age > 0)); CREATE INDEX users_age ON users (age);
				ALTER TABLE users RENAME TO people`,
			taken: []string{"table public.users to public.people"},
		},
		{
			name:   "another value of an enum, which a person takes",
			from:   `CREATE TYPE state AS ENUM ('new', 'open', 'done'); CREATE TABLE t (s state DEFAULT 'open')`,
			to:     `CREATE TYPE state AS ENUM ('new', 'under way', 'done'); CREATE TABLE t (s state DEFAULT 'under way')`,
			choose: func(all []rename.Candidate) []rename.Candidate { return all },
			taken:  []string{"enum public.state: value 'open' to 'under way'"},
		},
		{
			name: "another value of an enum is told",
			from: `CREATE TYPE state AS ENUM ('new', 'done'); CREATE TABLE t (id int)`, to: `CREATE TYPE state AS ENUM ('old', 'done'); CREATE TABLE t (id int)`,
			left: []string{"enum public.state: value 'new' to 'old': rows that have the one would have the other"}, steps: 2,
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
