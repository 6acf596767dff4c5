package kinds_test

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/sqltext"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// pending are kinds that are yet to come. The list is to become empty: a name that is in it without need fails the test.
var pending = []string{}

// pendingAttributes are those yet to come of kinds that are there.
var pendingAttributes = []string{}

//go:embed testdata/columns
var columns string

// coverage is testdata/columns: which columns of which catalogs are accounted for, and which kinds read what.
type coverage struct {
	columns map[string]bool     // "pg_class.relname"; "pg_depend.*"
	reads   map[string][]string // attributes by kind
}

func parse(t *testing.T) coverage {
	t.Helper()
	c := coverage{columns: map[string]bool{}, reads: map[string][]string{}}
	table := ""
	for line := range strings.Lines(columns) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] != ' ':
			table = line
			continue
		}
		names, kinds, read := strings.Cut(line, " = ")
		if !read {
			var because string
			if names, because, _ = strings.Cut(line, " - "); because == "" {
				t.Fatalf("%s: neither read nor a reason: %s", table, line)
			}
		}
		for _, name := range strings.Fields(names) {
			if c.columns[table+"."+name] {
				t.Errorf("%s.%s is there twice", table, name)
			}
			c.columns[table+"."+name] = true
		}
		for _, by := range strings.Fields(kinds) {
			kind, attribute, _ := strings.Cut(by, ".")
			c.reads[kind] = append(c.reads[kind], attribute)
		}
	}
	return c
}

// Every column of every system catalog is read by a kind, or left out for a reason.
func TestColumns(t *testing.T) {
	c := parse(t)
	seen := map[string]bool{}
	for _, major := range pgbin.Majors {
		for _, column := range catalogs(t, major) {
			table, _, _ := strings.Cut(column, ".")
			seen[column], seen[table+".*"] = true, true
			if !c.columns[column] && !c.columns[table+".*"] {
				t.Errorf("nobody knows of %s of Postgres %d", column, major)
			}
		}
	}
	for column := range c.columns {
		if !seen[column] {
			t.Errorf("no major has %s", column)
		}
	}
}

// catalogs lists the columns of the system catalogs.
func catalogs(t *testing.T, major int) []string {
	t.Helper()
	conn := connect(t, pgtest.Start(t, major).Database(t))
	rows, err := conn.Query(t.Context(), `SELECT c.relname || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// What is said to read a column is there, and every attribute that a kind has comes from somewhere.
func TestAttributes(t *testing.T) {
	c := parse(t)
	there := map[string]*catalog.Kind{}
	for _, k := range kinds.All() {
		if there[k.Name] != nil {
			t.Errorf("two kinds have the name %s", k.Name)
		}
		there[k.Name] = k
		if slices.Contains(pending, k.Name) {
			t.Errorf("%s is there: take it out of pending", k.Name)
		}
		if k.Has != "" {
			continue // its rows are no catalog's
		}
		for attribute := range k.Rules {
			if !slices.Contains(c.reads[k.Name], attribute) {
				t.Errorf("no column is read as %s.%s", k.Name, attribute)
			}
		}
	}
	for kind, attributes := range c.reads {
		k := there[kind]
		if k == nil {
			if !slices.Contains(pending, kind) {
				t.Errorf("there is no kind %s", kind)
			}
			continue
		}
		for _, a := range attributes {
			_, ok := k.Rules[a]
			if ok && slices.Contains(pendingAttributes, kind+"."+a) {
				t.Errorf("%s.%s is there: take it out of pendingAttributes", kind, a)
			}
			if !ok && a != "name" && a != "parent" && !slices.Contains(pendingAttributes, kind+"."+a) {
				t.Errorf("the kind %s has no attribute %s", kind, a)
			}
		}
	}
}

//go:embed testdata/unknown.sql
var objects string

// An object that no kind reads is told. What belongs to an extension, or to something that is read, is not.
func TestUnknown(t *testing.T) {
	for _, major := range []int{15, 18} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			url := pgtest.Start(t, major).Database(t)
			kindtest.Script(t, url, objects)
			conn := connect(t, url)
			if _, err := conn.Exec(t.Context(), "CREATE TEMP TABLE passing (id int PRIMARY KEY, a text DEFAULT 'x' CHECK (a <> ''))"); err != nil {
				t.Fatal(err)
			}
			if all := unknown(t, url, ""); len(all) > 0 {
				t.Errorf("unknown to all kinds: %v", all)
			}
			for without, want := range map[string]catalog.Unknown{
				"schema":                    {Class: "pg_namespace", Name: "apart"},
				"language":                  {Class: "pg_language", Name: "own"},
				"transform":                 {Class: "pg_transform"}, // of another name on each major
				"cast":                      {Class: "pg_cast", Name: "(bigint AS boolean)"},
				"access_method":             {Class: "pg_am", Name: "own"},
				"operator":                  {Class: "pg_operator", Name: "apart.==(integer,integer)"},
				"operator_family":           {Class: "pg_opfamily", Name: "apart.family USING btree"},
				"operator_family_member":    {Class: "pg_amop", Name: "operator 1 (integer, bigint) of apart.family USING btree"},
				"operator_class":            {Class: "pg_opclass", Name: "apart.class USING btree"},
				"conversion":                {Class: "pg_conversion", Name: "apart.conversion"},
				"text_search_parser":        {Class: "pg_ts_parser", Name: "apart.parser"},
				"text_search_template":      {Class: "pg_ts_template", Name: "apart.template"},
				"text_search_dictionary":    {Class: "pg_ts_dict", Name: "apart.dictionary"},
				"text_search_configuration": {Class: "pg_ts_config", Name: "apart.configuration"},
				"table":                     {Class: "pg_class", Name: "apart.parent"},
				"default":                   {Class: "pg_attrdef", Name: "for apart.parent.said"},
				"constraint":                {Class: "pg_constraint", Name: "positive on apart.parent"},
				"index":                     {Class: "pg_class", Name: "apart.by_said"},
				"large_object":              {Class: "pg_largeobject", Name: "100001"},
			} {
				all := unknown(t, url, without)
				if !slices.ContainsFunc(all, func(u catalog.Unknown) bool { return u == want || want.Name == "" && u.Class == want.Class }) {
					t.Errorf("without %s: %v are unknown, and not %v", without, all, want)
				}
			}
		})
	}
}

// unknown is what all kinds but one do not read, and none of those yet to come would.
func unknown(t *testing.T, url, without string) []catalog.Unknown {
	t.Helper()
	some := slices.DeleteFunc(kinds.All(), func(k *catalog.Kind) bool { return k.Name == without })
	return slices.DeleteFunc(kindtest.ReadWith(t, url, some).Unknown, func(u catalog.Unknown) bool {
		return u.Class == "pg_extension" && slices.Contains(pending, "extension")
	})
}

// What is added to an object of Postgres' own is told as well, where no kind reads that.
func TestUnknownMember(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	kindtest.Script(t, url, `CREATE FUNCTION less(int, float8) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE OPERATOR << (FUNCTION = less, LEFTARG = int, RIGHTARG = float8);
		ALTER OPERATOR FAMILY integer_ops USING btree ADD OPERATOR 1 << (int, float8)`)
	want := catalog.Unknown{Class: "pg_amop", Name: "operator 1 (integer, double precision) of pg_catalog.integer_ops USING btree"}
	if all := unknown(t, url, "operator_family_member"); !slices.Contains(all, want) {
		t.Errorf("unknown are %v, and not %v", all, want)
	}
	if all := unknown(t, url, ""); len(all) > 0 {
		t.Errorf("unknown to all kinds: %v", all)
	}
}

// Roles can be left out of a plan, or be all that it is about.
func TestApart(t *testing.T) {
	from, to := pgtest.New(t, pgtest.Options{Major: 17}).Database(t), pgtest.New(t, pgtest.Options{Major: 17}).Database(t)
	kindtest.Script(t, from, "CREATE ROLE r; CREATE TABLE kept (id int)")
	kindtest.Script(t, to, "CREATE ROLE r LOGIN; COMMENT ON ROLE r IS 'who'; CREATE ROLE s; GRANT r TO s; ALTER ROLE r SET work_mem = '8MB'",
		"CREATE TABLE kept (id int); ALTER TABLE kept OWNER TO r; GRANT SELECT ON kept TO s")
	for name, test := range map[string]struct {
		kinds []*catalog.Kind
		want  []string
	}{
		"database": {kinds.Database(), []string{"ALTER TABLE public.kept OWNER TO r", "GRANT SELECT ON TABLE public.kept TO s"}},
		"cluster":  {kinds.Cluster(), []string{"ALTER ROLE r LOGIN", "COMMENT ON ROLE r IS 'who'", "CREATE ROLE s", "GRANT r TO s", "ALTER ROLE r SET work_mem TO '8MB'"}},
	} {
		plan, err := planner.New(kindtest.ReadWith(t, from, test.kinds), kindtest.ReadWith(t, to, test.kinds), planner.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var is []string
		for _, s := range plan.Steps {
			is = append(is, s.SQL)
		}
		if diff := cmp.Diff(test.want, is); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What a database or role sets for the time that work may take does not stop a catalog from being read.
func TestReadTakesItsTime(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t, 17)
	name := s.DatabaseName(t)
	url := s.URL(name, "postgres")
	kindtest.Script(t, url, sqltext.Format("ALTER DATABASE %1$I SET statement_timeout = '300ms'; ALTER DATABASE %1$I SET transaction_timeout = '400ms'", name))
	k := kinds.Database()[0]
	k.List = "SELECT s.* FROM (\n" + strings.TrimRight(k.List, "; \n") + "\n) s CROSS JOIN pg_sleep(0.5)"
	if c := kindtest.ReadWith(t, url, []*catalog.Kind{k}); c.Get("schema", "public") == nil {
		t.Error("there is no public")
	}
}

// BenchmarkRead reads the catalog of 500 tables.
func BenchmarkRead(b *testing.B) {
	url := pgtest.Start(b, 17).Database(b)
	conn, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(b.Context(), kindtest.Many(500)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c := kindtest.Read(b, url)
		b.ReportMetric(float64(len(c.Objects)), "objects")
	}
}
