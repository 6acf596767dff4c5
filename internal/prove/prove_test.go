package prove_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgdump"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// options are those of a proof from one state to another on a server, with the planner's own plan.
func options(t *testing.T, major int, from, to string) prove.Options {
	t.Helper()
	server := pgtest.Start(t, major)
	start, goal := server.DatabaseName(t), server.DatabaseName(t)
	a, b := server.URL(start, "postgres"), server.URL(goal, "postgres")
	script(t, a, from)
	script(t, b, to)
	o := prove.Options{
		Place: prove.Place{Clone: func(context.Context) (*prove.Clone, error) {
			return &prove.Clone{URL: secret.New(server.URL(server.CopyOf(t, start), "postgres")), Drop: func() {}}, nil
		}},
		From: kindtest.Read(t, a), To: kindtest.Read(t, b), ToURL: secret.New(b),
	}
	if major == 15 {
		finder := pgdump.Finder{Environ: os.Environ()}
		o.Dump, _ = finder.Find(t.Context(), 15)
	}
	var err error
	if o.Plan, err = planner.New(o.From, o.To, planner.Options{}); err != nil {
		t.Fatal(err)
	}
	return o
}

func script(t *testing.T, url, text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.PgConn().Exec(t.Context(), text).ReadAll(); err != nil {
		t.Fatal(err)
	}
}

func proven(t *testing.T, o prove.Options) *prove.Proof {
	t.Helper()
	p, err := prove.Plan(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// codes are those of a proof's findings.
func codes(p *prove.Proof) string {
	var all []string
	for _, f := range p.Findings {
		all = append(all, string(f.Code))
	}
	return strings.Join(all, " ")
}

func told(p *prove.Proof) string {
	var b strings.Builder
	for _, f := range p.Findings {
		b.WriteString(string(f.Code) + " " + f.Message + "\n" + f.Detail + "\n\n")
	}
	return b.String()
}

// harmless takes the hazards out of a plan.
func harmless(p *planner.Plan) *planner.Plan {
	twin := &planner.Plan{Steps: slices.Clone(p.Steps)}
	for i := range twin.Steps {
		twin.Steps[i].Hazards = nil
	}
	return twin
}

func TestProven(t *testing.T) {
	from := `CREATE TABLE t (id int PRIMARY KEY, n int, note text); CREATE TABLE other (id int PRIMARY KEY);
		INSERT INTO other VALUES (1);`
	to := `CREATE TABLE t (id int PRIMARY KEY, n bigint, note text NOT NULL, other int REFERENCES other);
		CREATE INDEX by_n ON t (n); CREATE TABLE other (id int PRIMARY KEY); COMMENT ON TABLE t IS 'it';`
	to = strings.Replace(to, "REFERENCES other", "", 1) + `ALTER TABLE t ADD FOREIGN KEY (other) REFERENCES other`
	for major, judge := range map[int]string{15: "catalog + pg_dump 15.", 18: "catalog"} {
		p := proven(t, options(t, major, from, to))
		if !p.Proven || !strings.HasPrefix(p.Judge, judge) || p.Err() != nil || p.Repaired != 0 {
			t.Errorf("on %d: %+v\n%s", major, p, told(p))
		}
		if p.Seeded != (prove.Seeded{Tables: 2, Of: 2, MadeUp: 1}) {
			t.Errorf("on %d: seeded %+v", major, p.Seeded)
		}
		if len(p.Rewrites) != 1 || p.Rewrites[0].Relation != "public.t" || !strings.Contains(p.Plan.Steps[p.Rewrites[0].Step].SQL, "bigint") {
			t.Errorf("on %d: rewrites %+v", major, p.Rewrites)
		}
		modes := map[string]string{}
		for _, l := range p.Locks {
			if modes[l.Relation] == "" {
				modes[l.Relation] = l.Mode
			}
		}
		if modes["public.t"] != "AccessExclusiveLock" && modes["public.t"] != "ShareUpdateExclusiveLock" || modes["public.other"] != "ShareRowExclusiveLock" {
			t.Errorf("on %d: locks %+v", major, p.Locks)
		}
	}
}

func TestRepair(t *testing.T) {
	o := options(t, 17, `CREATE TABLE t (id int)`, `CREATE TABLE t (id int, n int); COMMENT ON TABLE t IS 'it'`)
	full := o.Plan
	o.Plan = &planner.Plan{Steps: full.Steps[:1]}
	p := proven(t, o)
	if !p.Proven || p.Repaired != len(full.Steps)-1 || len(p.Plan.Steps) != len(full.Steps) {
		t.Errorf("%+v\n%s\n%s", p, p.Plan.SQL(), told(p))
	}
	if len(o.Plan.Steps) != 1 {
		t.Error("the plan that was given has changed")
	}
}

func TestFailingStep(t *testing.T) {
	o := options(t, 17, `CREATE TABLE t (id int)`, `CREATE TABLE t (id int, n int)`)
	o.Plan.Steps[0].SQL = "ALTER TABLE public.t ADD COLUMN n nonsense"
	p := proven(t, o)
	f := finding.As(p.Err())
	if p.Proven || codes(p) != "CA721" || f.Exit != finding.Refused {
		t.Fatalf("%+v\n%s", p, told(p))
	}
	for _, part := range []string{"column public.t.n", `type "nonsense" does not exist`, "ADD COLUMN n nonsense", "42704", "from: nothing", "to: ALTER TABLE public.t ADD COLUMN n integer"} {
		if !strings.Contains(f.Message+"\n"+f.Detail, part) {
			t.Errorf("%q is missing in\n%s", part, told(p))
		}
	}
}

// TestFallsShort has a catalog that never shows what the plan has made.
func TestFallsShort(t *testing.T) {
	o := options(t, 17, `CREATE TABLE t (id int)`, `CREATE TABLE t (id int, n int)`)
	o.Read = func(ctx context.Context, s target.Session) (*catalog.Catalog, error) {
		c, err := catalog.Read(ctx, s, kinds.All())
		if err != nil {
			return nil, err
		}
		return c.Without(func(o *catalog.Object) bool { return o.Path == "public.t.n" }), nil
	}
	p := proven(t, o)
	if p.Proven || codes(p) != "CA721 CA722" {
		t.Fatalf("%+v\n%s", p, told(p))
	}
	if text := told(p); !strings.Contains(text, "column public.t.n as it is wanted\nis: nothing\nwanted: ALTER TABLE public.t ADD COLUMN n integer") {
		t.Errorf("it says\n%s", text)
	}
	o.Plan = &planner.Plan{}
	o.Read = func(ctx context.Context, s target.Session) (*catalog.Catalog, error) { return o.From, nil } // nothing is ever done
	if p := proven(t, o); codes(p) != "CA722" || p.Repaired != 0 || !p.Plan.IsEmpty() {
		t.Errorf("%+v\n%s", p, told(p))
	}
}

// TestJudge has a catalog that does not see comments: pg_dump does.
func TestJudge(t *testing.T) {
	o := options(t, 15, `CREATE TABLE t (id int)`, `CREATE TABLE t (id int, n int); COMMENT ON TABLE t IS 'it'`)
	blind := func(c *catalog.Catalog) *catalog.Catalog {
		return c.Without(func(o *catalog.Object) bool { return o.Kind == "comment" })
	}
	o.From, o.To = blind(o.From), blind(o.To)
	o.Read = func(ctx context.Context, s target.Session) (*catalog.Catalog, error) {
		c, err := catalog.Read(ctx, s, kinds.All())
		if err != nil {
			return nil, err
		}
		return blind(c), nil
	}
	var err error
	if o.Plan, err = planner.New(o.From, o.To, planner.Options{}); err != nil {
		t.Fatal(err)
	}
	p := proven(t, o)
	if p.Proven || codes(p) != "CA723" || p.Findings[0].Detail != "wanted: COMMENT ON TABLE public.t IS 'it';" {
		t.Errorf("%+v\n%s", p, told(p))
	}
	o.ToURL = secret.New("host=/nowhere dbname=d")
	if p := proven(t, o); !p.Proven || codes(p) != "CA724" || p.Judge != "catalog" {
		t.Errorf("with a judge that cannot be asked: %+v\n%s", p, told(p))
	}
}

func TestUntoldRewrite(t *testing.T) {
	o := options(t, 17, `CREATE TABLE t (id int, n int)`, `CREATE TABLE t (id int, n bigint)`)
	o.Plan = harmless(o.Plan)
	if p := proven(t, o); !p.Proven || codes(p) != "CA726" || !strings.Contains(p.Findings[0].Message, "public.t") {
		t.Errorf("%+v\n%s", p, told(p))
	}
}

func TestUntoldLoss(t *testing.T) {
	o := options(t, 17,
		`CREATE TABLE t (id int, n int); CREATE TABLE gone (a int); CREATE TABLE empty (a int); INSERT INTO gone VALUES (1), (2)`,
		`CREATE TABLE t (id int); CREATE TABLE empty (a int)`)
	if p := proven(t, o); !p.Proven || len(p.Lost) != 2 {
		t.Errorf("what is said is no finding: %+v\n%s", p, told(p))
	}
	o.Plan = harmless(o.Plan)
	p := proven(t, o)
	if p.Proven || codes(p) != "CA725 CA725" {
		t.Fatalf("%+v\n%s", p, told(p))
	}
	for _, part := range []string{"column n of public.t held 2 values, and holds 0", "public.gone had 2 rows, and has 0"} {
		if !strings.Contains(told(p), part) {
			t.Errorf("%q is missing in\n%s", part, told(p))
		}
	}
}

func TestFailsOnRows(t *testing.T) {
	from := `CREATE TABLE t (id int); CREATE TABLE u (id int)`
	o := options(t, 17, from, `CREATE TABLE t (id int, n int NOT NULL); CREATE TABLE u (id int)`)
	p := proven(t, o)
	if !p.Proven || codes(p) != "" || p.Seeded != (prove.Seeded{Of: 2}) {
		t.Errorf("a step that says so: %+v\n%s", p, told(p))
	}
	o.Plan = harmless(o.Plan)
	if p := proven(t, o); !p.Proven || codes(p) != "CA727" {
		t.Errorf("a step that does not: %+v\n%s", p, told(p))
	}
	o = options(t, 17, from+`; INSERT INTO t VALUES (1)`, `CREATE TABLE t (id int, n int NOT NULL); CREATE TABLE u (id int)`)
	if p := proven(t, o); p.Proven || codes(p) != "CA721" {
		t.Errorf("on rows that nobody made up: %+v\n%s", p, told(p))
	}
}

func TestRole(t *testing.T) {
	server := pgtest.Start(t, 17)
	script(t, server.Database(t), `DO $$ BEGIN CREATE ROLE modest; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
	from := `CREATE TABLE hers (id int); CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO modest`
	o := options(t, 17, from, from+`; ALTER TABLE mine ADD n int; ALTER TABLE hers ADD n int`)
	o.Role = "modest"
	p := proven(t, o)
	if p.Proven || codes(p) != "CA747" || !strings.Contains(told(p), "must be owner of table hers") {
		t.Errorf("%+v\n%s", p, told(p))
	}
	// What a platform does with a statement is done here too.
	o.Emulate = func(context.Context, secret.String) (func(string) string, error) {
		return func(sql string) string {
			if strings.Contains(sql, "hers") {
				return "SELECT 1"
			}
			return sql
		}, nil
	}
	o.To = o.To.Without(func(o *catalog.Object) bool { return o.Path == "public.hers.n" })
	if p := proven(t, o); !p.Proven {
		t.Errorf("%+v\n%s", p, told(p))
	}
}

// A plan that takes another owner is no mistake of the plan's: who owns what is said. Who may act for the owner may do it.
func TestNotOurs(t *testing.T) {
	for _, major := range []int{15, 17} {
		script(t, pgtest.Start(t, major).Database(t), `DO $$ BEGIN
			CREATE ROLE applier; CREATE ROLE stranger; CREATE ROLE friend; GRANT friend TO applier; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
		for _, c := range []struct {
			from, to string
			code     finding.Code
			says     string
		}{
			{"CREATE TABLE t (id int); ALTER TABLE t OWNER TO stranger", "ALTER TABLE t ADD n int", finding.NotOurs, "table public.t belongs to stranger, and applier"},
			{"CREATE TABLE t (id int); ALTER TABLE t OWNER TO stranger", "DROP TABLE t", finding.NotOurs, "table public.t belongs to stranger, and applier"},
			{"CREATE TABLE t (id int); ALTER TABLE t OWNER TO stranger", "CREATE INDEX i ON t (id)", finding.NotOurs, "table public.t belongs to stranger, and applier"},
			{"CREATE TABLE t (id int); ALTER TABLE t OWNER TO stranger", "ALTER TABLE t OWNER TO applier", finding.NotOurs, "table public.t belongs to stranger, and applier"},
			{"CREATE TABLE t (id int); ALTER TABLE t OWNER TO applier", "ALTER TABLE t OWNER TO stranger", finding.NotOurs, "table public.t is to belong to stranger, and applier"},
			{"", "CREATE TABLE t (id int); ALTER TABLE t OWNER TO stranger", finding.NotOurs, "table public.t is to belong to stranger, and applier"},
			{"CREATE SCHEMA s; ALTER SCHEMA s OWNER TO stranger", "CREATE TABLE s.t (id int)", finding.NotOurs, "schema s belongs to stranger, and applier"},
			{"CREATE TABLE t (id int); ALTER TABLE t OWNER TO friend", "ALTER TABLE t ADD n int", "", ""},
			{"CREATE TABLE t (id int); ALTER TABLE t OWNER TO applier", "ALTER TABLE t OWNER TO friend", "", ""},
			// What is lacking is no owner.
			{"CREATE TABLE t (id int)", "CREATE PUBLICATION p FOR ALL TABLES", finding.StepFails, "permission denied for database"},
		} {
			may := "GRANT ALL ON SCHEMA public TO applier, friend, stranger;" + c.from + ";"
			o := options(t, major, may, may+c.to)
			o.Role, o.Planner.Role = "applier", "applier"
			var err error
			if o.Plan, err = planner.New(o.From, o.To, o.Planner); err != nil {
				t.Fatal(err)
			}
			p := proven(t, o)
			if codes(p) != string(c.code) || !strings.Contains(told(p), c.says) {
				t.Errorf("on %d, %q, then %q: %s", major, c.from, c.to, told(p))
			}
			f := finding.As(p.Err())
			if c.code == finding.NotOurs && (f.Exit != finding.Refused || !strings.Contains(f.Hint, "GRANT stranger TO applier") || strings.Contains(f.Hint, "mistake")) {
				t.Errorf("%+v", f)
			}
		}
	}
}

// TestSeeds counts the tables that rows can be made up for.
func TestSeeds(t *testing.T) {
	schema := `
		CREATE TYPE mood AS ENUM ('sad', 'ok');
		CREATE DOMAIN currency AS text CHECK (VALUE IN ('EUR', 'USD'));
		CREATE DOMAIN positive AS int CHECK (VALUE > 0);
		CREATE TABLE child (id uuid PRIMARY KEY, parent bigint NOT NULL, mood mood NOT NULL, unique (parent));
		CREATE TABLE parent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email LIKE '%@%'),
			status text NOT NULL CHECK (status IN ('draft', 'sent')), doubled int GENERATED ALWAYS AS (n * 2) STORED, n int);
		ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent;
		CREATE TABLE self (id int PRIMARY KEY, up int REFERENCES self);
		CREATE TABLE pair (a int, b int, PRIMARY KEY (a, b));
		CREATE TABLE of_pair (a int NOT NULL, b int NOT NULL, FOREIGN KEY (a, b) REFERENCES pair DEFERRABLE INITIALLY DEFERRED);
		CREATE TABLE wide (i inet, m macaddr, j jsonb NOT NULL, y bytea NOT NULL, a text[] NOT NULL, r int4range NOT NULL,
			p point, c currency NOT NULL, d date NOT NULL, t timestamptz NOT NULL DEFAULT now(), v interval NOT NULL, ti time NOT NULL,
			n numeric(3,2) NOT NULL, s varchar(3) NOT NULL, q positive NOT NULL, b bit(3), mo money, x tsvector NOT NULL);
		CREATE TABLE "odd ""name""" ("a ""column""" text NOT NULL);
		CREATE TABLE single (one boolean PRIMARY KEY DEFAULT true CHECK (one));
		CREATE TABLE parted (id int, k text NOT NULL) PARTITION BY LIST (k);
		CREATE TABLE parted_a PARTITION OF parted FOR VALUES IN ('a1', 'x');
		CREATE TABLE no_columns ();
		CREATE TABLE stubborn (id int);
		CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
		CREATE TRIGGER never BEFORE INSERT ON stubborn FOR EACH ROW EXECUTE FUNCTION never();
		CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL); CREATE TABLE hen (id int PRIMARY KEY, egg int NOT NULL REFERENCES egg);
		ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen;
		CREATE TABLE impossible (id int CHECK (id > 1 AND id < 0) NOT NULL);`
	for _, major := range []int{15, 18} {
		o := options(t, major, schema, schema+`DO $$ DECLARE r regclass; BEGIN
			FOR r IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
			LOOP EXECUTE format('COMMENT ON TABLE %s IS %L', r, 'touched'); END LOOP; END $$`)
		p := proven(t, o)
		// Not stubborn, egg, hen, impossible.
		if !p.Proven || p.Seeded != (prove.Seeded{Tables: 10, Of: 14, MadeUp: 10}) {
			t.Errorf("on %d: %+v\n%s", major, p.Seeded, told(p))
		}
	}
}

// TestSecrets has secrets on both sides: they are not compared, by pg_dump neither, and no finding shows them.
func TestSecrets(t *testing.T) {
	const far = `CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'a');
		CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'me', password 'hunter1');`
	o := options(t, 15, far, strings.NewReplacer("hunter1", "hunter2", "'me'", "'you'").Replace(far))
	p := proven(t, o)
	if !p.Proven || !strings.Contains(p.Judge, "pg_dump") || p.Plan.SQL() != "ALTER USER MAPPING FOR PUBLIC SERVER far OPTIONS (SET \"user\" 'you');\n" {
		t.Errorf("%+v\n%s\n%s", p, p.Plan.SQL(), told(p))
	}
	o.Plan = &planner.Plan{Steps: slices.Clone(o.Plan.Steps)}
	o.Plan.Steps[0].SQL = "ALTER USER MAPPING FOR PUBLIC SERVER nowhere OPTIONS (SET user 'you')"
	if p := proven(t, o); codes(p) != "CA721" || strings.Contains(told(p), "hunter") || !strings.Contains(told(p), "password '***'") {
		t.Errorf("%+v\n%s", p, told(p))
	}
}
