package pgdump

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// fake writes a pg_dump that says it is of that version, and otherwise prints what it was called with.
func fake(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nif [ \"$1\" = --version ]; then echo '%s'; exit; fi\n"+
		"echo \"SELECT '$*', 'password=$PGPASSWORD options=$PGOPTIONS';\"\n", version)
	if err := os.WriteFile(filepath.Join(dir, "pg_dump"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFind(t *testing.T) {
	old := fake(t, "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)")
	same := fake(t, "pg_dump (PostgreSQL) 17.2")
	later := fake(t, "pg_dump (PostgreSQL) 18beta1")
	broken := fake(t, "pg_dump: not found")
	nothing := t.TempDir()
	for _, c := range []struct {
		name         string
		installed    []string
		path         string
		major        int
		version, why string
	}{
		{"the nearest one", []string{old, later, same}, "", 17, "17.2", ""},
		{"its own major", []string{later, old}, same, 15, "15.18", ""},
		{"PATH", []string{old}, same, 16, "17.2", ""},
		{"a beta", []string{later}, "", 18, "18", ""},
		{"too old", []string{old, same}, "", 18, "", "pg_dump 15.18, 17.2 does not read Postgres 18"},
		{"one that does not run", []string{broken}, nothing, 15, "", "there is no pg_dump on this machine"},
		{"none", []string{nothing}, "relative", 15, "", "there is no pg_dump on this machine"},
	} {
		f := Finder{Environ: []string{"PATH=" + c.path}, folders: c.installed}
		tool, why := f.Find(t.Context(), c.major)
		got := ""
		if tool != nil {
			got = tool.Version
		}
		if got != c.version || why != c.why {
			t.Errorf("%s: %q, %q", c.name, got, why)
		}
	}
}

func TestPasswordIsNoArgument(t *testing.T) {
	f := Finder{Environ: []string{"PGPASSWORD=another", "PGOPTIONS=-c x=y"}, folders: []string{fake(t, "pg_dump (PostgreSQL) 15.1")}}
	tool, why := f.Find(t.Context(), 15)
	if tool == nil {
		t.Fatal(why)
	}
	for url, address := range map[string]string{
		"postgres://me:se%20cret@h:5432/d?sslmode=disable":       "postgres://me@h:5432/d?sslmode=disable",
		"postgresql:///d?host=/tmp&password=se+cret&user=me":     "postgresql:///d?host=%2Ftmp&user=me",
		`host=h user=me password = 'se cret' dbname='d e'`:       `host=h user=me dbname='d e'`,
		`password=se\ cret host=h`:                               `host=h`,
		`host='password=x' password='se cret' application_name=`: `host='password=x' application_name=`,
	} {
		d, err := tool.Schema(t.Context(), secret.New(url))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(d.without(&Dump{}), "")
		if !strings.Contains(got, "--dbname="+address) || !strings.Contains(got, "'password=se cret options='") {
			t.Errorf("%s became\n%s", url, got)
		}
	}
}

// two make a database each, on a server that the pg_dump of these tests can read.
func two(t *testing.T, a, b string) (onlyA, onlyB []string) {
	t.Helper()
	f := Finder{Environ: os.Environ()}
	tool, why := f.Find(t.Context(), 15)
	if tool == nil {
		t.Fatalf("%s; scripts/test-deps installs it", why)
	}
	server := pgtest.Start(t, 15)
	var dumps []*Dump
	for _, text := range []string{a, b} {
		url := server.Database(t)
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		d, err := tool.Schema(t.Context(), secret.New(url))
		if err != nil {
			t.Fatal(err)
		}
		dumps = append(dumps, d)
	}
	return Compare(dumps[0], dumps[1])
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name, a, b   string
		onlyA, onlyB []string
	}{
		{
			name: "the order of columns, statements and tables",
			a: `CREATE TABLE t (a int DEFAULT 1, b numeric(4,2) CHECK (b > 0), c text[] DEFAULT '{a,b}');
				CREATE UNLOGGED TABLE u (y int, x int); GRANT SELECT ON t TO PUBLIC; COMMENT ON TABLE u IS ');';`,
			b: `CREATE UNLOGGED TABLE u (x int, y int); COMMENT ON TABLE u IS ');';
				CREATE TABLE t (c text[] DEFAULT '{a,b}', b numeric(4,2) CHECK (b > 0), a int DEFAULT 1); GRANT SELECT ON t TO PUBLIC;`,
		},
		{
			name: "the order of options and settings",
			a: `CREATE TABLE t (a int PRIMARY KEY) WITH (fillfactor = 50, autovacuum_enabled = off);
				ALTER TABLE t ALTER a SET (n_distinct = 5, n_distinct_inherited = 6);
				CREATE FUNCTION f() RETURNS int LANGUAGE sql SET work_mem = '1MB' SET jit = off AS 'select 1';`,
			b: `CREATE TABLE t (a int PRIMARY KEY) WITH (autovacuum_enabled = off, fillfactor = 50);
				ALTER TABLE t ALTER a SET (n_distinct_inherited = 6, n_distinct = 5);
				CREATE FUNCTION f() RETURNS int LANGUAGE sql SET jit = off SET work_mem = '1MB' AS 'select 1';`,
		},
		{
			name:  "the order of a type's attributes is seen",
			a:     `CREATE TYPE p AS (a int, b int)`,
			b:     `CREATE TYPE p AS (b int, a int)`,
			onlyA: []string{"CREATE TYPE public.p AS (\n\ta integer,\n\tb integer\n)"},
			onlyB: []string{"CREATE TYPE public.p AS (\n\tb integer,\n\ta integer\n)"},
		},
		{
			name:  "a property of a column",
			a:     `CREATE TABLE t (a int, b text)`,
			b:     `CREATE TABLE t (a int, b text); ALTER TABLE t ALTER b SET STORAGE MAIN`,
			onlyB: []string{"ALTER TABLE ONLY public.t ALTER COLUMN b SET STORAGE MAIN"},
		},
		{
			name:  "where a table is stored",
			a:     `CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE t (a int); CREATE TABLE u (a int) USING other;`,
			b:     `CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE t (a int) USING other; CREATE TABLE u (a int) USING other;`,
			onlyA: []string{"CREATE TABLE public.t (\n    a integer\n)"},
			onlyB: []string{"SET default_table_access_method = other;\nCREATE TABLE public.t (\n    a integer\n)"},
		},
		{
			name:  "a function's body, byte for byte",
			a:     `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1; select 2'`,
			b:     `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1; select  2'`,
			onlyA: []string{"CREATE FUNCTION public.f() RETURNS integer\n    LANGUAGE sql\n    AS $$select 1; select 2$$"},
			onlyB: []string{"CREATE FUNCTION public.f() RETURNS integer\n    LANGUAGE sql\n    AS $$select 1; select  2$$"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			onlyA, onlyB := two(t, c.a, c.b)
			var owned []string // who owns what is not asked here
			for _, s := range append(onlyA, onlyB...) {
				if strings.Contains(s, "OWNER TO") {
					owned = append(owned, s)
				}
			}
			if diff := cmp.Diff(c.onlyA, onlyA) + cmp.Diff(c.onlyB, onlyB); diff != "" || owned != nil {
				t.Errorf("%s", diff)
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	f := Finder{Environ: os.Environ()}
	tool, why := f.Find(t.Context(), 15)
	if tool == nil {
		t.Fatal(why)
	}
	_, err := tool.Schema(t.Context(), secret.New("host=/nowhere password=hidden dbname=d"))
	if err == nil || !strings.Contains(err.Error(), "/nowhere") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("error is %v", err)
	}
}

func TestRead(t *testing.T) {
	for _, text := range []string{"\\copy x", "SELECT 'open"} {
		if _, err := Read(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
	d, err := Read("\\restrict abc\nSET x = 1;\n-- c\nCREATE SCHEMA a;\n\\unrestrict abc\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.without(&Dump{}); len(got) != 1 || got[0] != "CREATE SCHEMA a" {
		t.Errorf("it holds %q", got)
	}
}
