package kinds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
)

// What the list of indexes puts together is what pg_get_indexdef() prints, for each sort of column, class, order and
// condition that there is.
func TestIndexDefinitions(t *testing.T) {
	t.Parallel()
	var made strings.Builder
	made.WriteString(`
		CREATE SCHEMA "odd ""name""";
		CREATE TYPE mood AS ENUM ('low', 'high');
		CREATE DOMAIN word AS text;
		CREATE TABLE "odd ""name"""."a table" (
			n int, "N x" bigint, t text, "t""t" text COLLATE "C", v varchar(9), c char(3), d word, m mood, w timestamptz,
			j jsonb, a int[], u uuid, p point, r int4range, i inet, o oid, "select" numeric(4, 2), b bool, z name);
		CREATE TABLE split (n int, t text) PARTITION BY RANGE (n);
		CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (1) TO (2);
		CREATE INDEX ON split (t);
		CREATE INDEX ON ONLY split (n, t);
		CREATE UNIQUE INDEX ON split_1 (n, t) NULLS NOT DISTINCT;
		CREATE TYPE pair AS (x int, y int);
		CREATE FUNCTION lt(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1.x < $2.x';
		CREATE FUNCTION cmp(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.x - $2.x';
		CREATE OPERATOR <^ (LEFTARG = pair, RIGHTARG = pair, FUNCTION = lt);
		CREATE OPERATOR CLASS pairs DEFAULT FOR TYPE pair USING btree AS
			OPERATOR 1 <^, FUNCTION 1 cmp(pair, pair), FUNCTION 5 (pair, pair) gtsvector_options(internal);
		CREATE TABLE paired (p pair);
		CREATE INDEX ON paired (p pairs (siglen = 12));
		CREATE INDEX ON paired (p);
		CREATE MATERIALIZED VIEW mv AS SELECT 1 AS "x y";
		CREATE INDEX ON mv ("x y");`)
	columns := []string{"n", `"N x"`, "t", `"t""t"`, "v", "c", "d", "m", "w", "j", "a", "u", "r", "i", "o", `"select"`, "b", "z"}
	for i, column := range columns {
		for _, form := range []string{
			"(%[1]s)", "(%[1]s DESC)", "(%[1]s NULLS FIRST)", "(%[1]s, n)", "(n) INCLUDE (%[1]s)", "(%[1]s) WHERE %[1]s IS NOT NULL",
			"(%[1]s) WHERE (CASE WHEN n > 1 THEN b ELSE NOT b END)", "(%[1]s) WITH (fillfactor = 50)", "((%[1]s IS NULL))",
		} {
			fmt.Fprintf(&made, "CREATE INDEX ON \"odd \"\"name\"\"\".\"a table\" "+form+";\n", column)
		}
		fmt.Fprintf(&made, "CREATE UNIQUE INDEX \"unique %d\" ON \"odd \"\"name\"\"\".\"a table\" (%s) WHERE n > 3 OR t LIKE 'CASE' AND b;\n", i, column)
	}
	for _, more := range []string{
		`(t text_pattern_ops)`, `(t COLLATE "C")`, `("t""t" COLLATE "POSIX")`, `USING hash (t)`, `USING hash (t text_pattern_ops)`, `USING gin (j)`,
		`USING gin (j jsonb_path_ops) WHERE n > 0`, `USING brin (n, w)`, `USING gist (p)`, `USING spgist (p)`, `(t, t)`, `(n, lower(t))`,
	} {
		fmt.Fprintf(&made, "CREATE INDEX ON \"odd \"\"name\"\"\".\"a table\" %s;\n", more)
	}
	for _, major := range pgbin.Majors {
		server := pgtest.Start(t, major)
		url := server.URL(server.DatabaseName(t), "postgres")
		kindtest.Script(t, url, made.String(), `ALTER TABLE "odd ""name"""."a table" RENAME COLUMN n TO "n renamed"`)
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "SET search_path = ''"); err != nil {
			t.Fatal(err)
		}
		rows, err := conn.Query(t.Context(), `
			SELECT regexp_replace(pg_get_indexdef(c.oid), ' WITH \([^()]*\)', '')
			FROM pg_class c WHERE c.relkind IN ('i', 'I') AND c.oid >= 16384 AND c.relnamespace <> 'pg_toast'::regnamespace
			ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		want, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range kindtest.Read(t, url).OfKind("index") {
			got = append(got, o.Attrs.Text("definition"))
		}
		slices.Sort(got)
		slices.Sort(want)
		if len(want) < 9*len(columns) || !slices.Equal(got, want) {
			t.Errorf("Postgres %d: of %d definitions, the list has %d; in it alone are\n%s\nand not in it\n%s", major, len(want), len(got),
				strings.Join(without(got, want), "\n"), strings.Join(without(want, got), "\n"))
		}
	}
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}
