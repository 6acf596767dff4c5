package blackbox

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A history table of any shape is used as it is, completed as the Supabase CLI would, or refused. It is never altered
// in silence.
func TestRow87HistoryTable(t *testing.T) {
	t.Parallel()
	const schema = "create schema supabase_migrations;\n"
	const columns = `select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum)
		from pg_attribute where attrelid = 'supabase_migrations.schema_migrations'::regclass and attnum > 0 and not attisdropped`
	for name, c := range map[string]struct {
		setup string
		exit  int
		says  string
		shape string // of the table afterwards
	}{
		"absent":                {"", 0, "", "version text, statements text[], name text"},
		"the schema alone":      {schema, 0, "", "version text, statements text[], name text"},
		"versions alone":        {schema + "create table supabase_migrations.schema_migrations (version text primary key)", 0, "", "version text, statements text[], name text"},
		"without names":         {schema + "create table supabase_migrations.schema_migrations (version text primary key, statements text[])", 0, "", "version text, statements text[], name text"},
		"as on a platform":      {schema + "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text, created_by text, idempotency_key text unique, rollback text[])", 0, "", "version text, statements text[], name text, created_by text, idempotency_key text, rollback text[]"},
		"varchar":               {schema + "create table supabase_migrations.schema_migrations (version varchar(255) primary key, statements text[], name varchar(255))", 0, "", "version character varying(255), statements text[], name character varying(255)"},
		"a further column":      {schema + "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text, at timestamptz not null default now())", 0, "", "version text, statements text[], name text, at timestamp with time zone"},
		"a column that must be": {schema + "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text, owner text not null)", 4, "PG23502", "version text, statements text[], name text, owner text"},
		"no version":            {schema + "create table supabase_migrations.schema_migrations (id int primary key, applied_at timestamptz)", 3, "CA606", "id integer, applied_at timestamp with time zone"},
		"a number for version":  {schema + "create table supabase_migrations.schema_migrations (version bigint primary key, dirty boolean)", 3, "CA606", "version bigint, dirty boolean"},
		"text for statements":   {schema + "create table supabase_migrations.schema_migrations (version text primary key, statements text, name text); insert into supabase_migrations.schema_migrations values ('001', 'create table a (id int)', 'a')", 3, "statements is text", "version text, statements text, name text"},
		"a view":                {schema + "create view supabase_migrations.schema_migrations as select ''::text as version, '{}'::text[] as statements, ''::text as name where false", 4, "PG55000", "version text, statements text[], name text"},
		"no key":                {schema + "create table supabase_migrations.schema_migrations (version text, statements text[], name text)", 0, "", "version text, statements text[], name text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
			s.exec(c.setup)
			o := s.push().exits(c.exit)
			if c.says != "" {
				o.says(c.says)
			}
			s.wantQuery(columns, c.shape)
			if c.exit == 0 {
				s.wantHistory("001")
				s.wantTables("a")
				s.push().exits(0).says("is up to date")
				return
			}
			s.wantTables()
			s.run("migration", "list", "--db-url", s.url)
		})
	}
}

// Rows of other tools are read and continued; a role that may not write the history changes nothing.
func TestRow87HistoryOfOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);\ncreate table b (id int);", "002_c": "create table c (id int);"})
	s.exec(`create schema supabase_migrations;
		create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
		insert into supabase_migrations.schema_migrations values ('001', '{create table a (id int),create table b (id int)}', 'a')`)
	s.push().exits(0).says("Applied 1 migration ")
	s.wantTables("c")
	s.wantHistory("001", "002")

	s = newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.push().exits(0)
	s.migration("002_b", "create table b (id int);")
	database := s.query("select current_database()::text")[0]
	reader := "reader_" + database
	s.exec("create role " + reader + " login password 'reads'; grant usage on schema supabase_migrations to public")
	refused := func(code string) {
		for _, args := range [][]string{{"db", "push"}, {"migration", "up"}, {"migration", "repair", "--status", "applied", "002"}} {
			s.run(append(args, "--yes", "--db-url", s.server.TCP(database, reader, "reads"))...).exits(3).says(code)
		}
	}
	refused("PG42501")
	s.exec("grant all on all tables in schema supabase_migrations to " + reader + "; alter role " + reader + " set default_transaction_read_only = on")
	refused("CA707")
	s.wantHistory("001")
	s.wantTables("a")
}

// Other tools' histories are recognised and left alone.
func TestRow87OtherTools(t *testing.T) {
	t.Parallel()
	const theirs = `select c.oid::regclass::text || ': ' || string_agg(attname::text, ',' order by attnum)
		from pg_class c join pg_attribute on attrelid = c.oid and attnum > 0
		where relnamespace in (select oid from pg_namespace where nspname in ('public', 'drizzle')) and relname <> 'a' group by c.oid order by 1`
	for tool, table := range map[string]string{
		"goose": "create table goose_db_version (id serial primary key, version_id bigint not null, is_applied boolean not null, tstamp timestamp default now())",
		"flyway": "create table flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null, " +
			"type varchar(20) not null, script varchar(1000) not null, checksum int, success boolean not null)",
		"alembic": "create table alembic_version (version_num varchar(32) primary key)",
		"drizzle": "create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)",
		"prisma":  "create table _prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null)",
	} {
		t.Run(tool, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
			s.exec(table)
			before := s.query(theirs)
			for _, args := range [][]string{{"migration", "list"}, {"status"}, {"db", "push", "--dry-run"}} {
				s.run(append(args, "--db-url", s.url)...).exits(0).says("CA607", tool)
			}
			s.push().exits(0).says("CA607", tool)
			s.wantHistory("001")
			s.push().exits(0).keepsQuiet("CA607") // both are known to live here now
			after := s.query(theirs)
			if !slices.Equal(before, after) {
				t.Errorf("the table of %s was %q and is %q", tool, before, after)
			}
		})
	}
}

// A history that a newer cairn wrote is left alone by every verb that would change it.
func TestRow129NewerFormat(t *testing.T) {
	t.Parallel()
	for _, comment := range []string{"cairn format 2", "cairn format 99", "something else", ""} {
		s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
		s.push().exits(0)
		s.migration("002_b", "create table b (id int);")
		s.mkdir("supabase/rollbacks")
		s.write("supabase/rollbacks/001_a_down.sql", "drop table a;")
		s.exec("comment on table supabase_migrations.cairn_applied is '" + comment + "'")
		for _, args := range [][]string{
			{"db", "push"}, {"migration", "up"}, {"migration", "down"}, {"migration", "repair", "--status", "reverted", "001"}, {"migration", "list"}, {"migration", "fetch"},
		} {
			s.run(append(args, "--yes", "--db-url", s.url)...).exits(3).says("CA608", "newer cairn")
		}
		s.run("status", "--check", "--db-url", s.url).exits(1).says("newer cairn")
		s.wantHistory("001")
		s.wantTables("a")
	}
}

// Who may write the history chooses the names in it, and they become names of files.
func TestRow91HostileNamesInTheHistory(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.exec(`create schema supabase_migrations;
		create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);`)
	for i, name := range []string{"../../../evil", "/etc/cron.d/evil", "a\x1b[2Jb", "a\nb", `..\evil`, strings.Repeat("long", 100), "'; drop table x; --", "$(touch evil)", "-rf", "\u202egnp"} {
		s.exec("delete from supabase_migrations.schema_migrations")
		conn := s.connect()
		if _, err := conn.Exec(t.Context(), "insert into supabase_migrations.schema_migrations values ($1, '{select 1}', $2)", "00"+string(rune('1'+i%9)), name); err != nil {
			t.Fatal(err)
		}
		s.run("migration", "list", "--db-url", s.url).exits(0).keepsQuiet("\x1b", "a\nb", "\u202e")
		o := s.run("migration", "fetch", "--yes", "--db-url", s.url).keepsQuiet("\x1b", "\u202e")
		if o.code != 0 && o.code != 2 {
			t.Errorf("%q: exit code %d\n%s", name, o.code, o.stderr)
		}
		err := filepath.WalkDir(s.dir, func(path string, e os.DirEntry, err error) error {
			rel, _ := filepath.Rel(s.path("supabase/migrations"), path)
			if err == nil && !e.IsDir() && (strings.Contains(rel, "/") || !strings.HasPrefix(rel, "00")) {
				t.Errorf("%q became %q", name, path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		s.run("db", "push", "--dry-run", "--json", "--db-url", s.url)
		if err := os.RemoveAll(s.path("supabase/migrations")); err != nil {
			t.Fatal(err)
		}
		s.mkdir("supabase/migrations")
	}
	if _, err := os.Stat("/etc/cron.d/evil"); err == nil {
		t.Error("a name led out of the project")
	}
	// The same for versions.
	s.exec("delete from supabase_migrations.schema_migrations; insert into supabase_migrations.schema_migrations values (E'../../evil\\x1b[2J', '{select 1}', 'x')")
	s.run("migration", "fetch", "--yes", "--db-url", s.url).exits(2).keepsQuiet("\x1b")
	o := s.run("migration", "list", "--json", "--db-url", s.url).exits(0).keepsQuiet("\x1b")
	if !json.Valid([]byte(o.stdout)) {
		t.Errorf("no JSON: %s", o.stdout)
	}
	s.push().exits(3).says("CA601").keepsQuiet("\x1b")
}

// What is reverted is what was applied last. Anything else is refused with what stands in the way.
func TestRow90DownOfOneThatIsNotTheLast(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{
		"001_a": "create table a (id int);", "002_b": "create table b (id int);", "003_c": "create table c (id int);",
		"001_a_down": "drop table a;", "002_b_down": "drop table b;", "003_c_down": "drop table c;",
	})
	s.push().exits(0)
	down := func(args ...string) *outcome {
		return s.run(append([]string{"migration", "down", "--yes", "--db-url", s.url}, args...)...)
	}
	down("001").exits(3).says("CA611", "version 001 is not the last", "002 b", "003 c", "migration down --db-url … --last 3", "nothing was changed")
	down("001", "003").exits(3).says("CA611", "1 migration came after it", "002 b").keepsQuiet("003 c")
	down("007").exits(2).says("CA612")
	down("003", "--last", "1").exits(2).says("CA801")
	down("--last", "4").exits(2).says("CA612")
	down("--last", "0").exits(2)
	s.wantHistory("001", "002", "003")
	s.wantTables("a", "b", "c")

	// One without a down file stops all of them, before the first.
	s.remove("supabase/migrations/002_b_down.sql")
	down("--last", "2").exits(3).says("CA610", "002_b", "supabase/rollbacks/002_b_down.sql")
	s.wantHistory("001", "002", "003")
	s.migration("002_b_down", "drop table b;")

	down("003", "002").exits(0)
	s.wantHistory("001")
	s.wantTables("a")
	s.push().exits(0)
	down().exits(0)
	s.wantHistory("001", "002")

	// A down file that fails leaves its migration applied.
	s.migration("002_b_down", "drop table b;\ndrop table bb;")
	down().exits(4).says("PG42P01", "002_b_down.sql:2:1")
	s.wantHistory("001", "002")
	s.wantTables("a", "b")
}

// Names of files are bound, quoted and spelled out on the way to the history and to the terminal.
func TestRow91HostileFileNames(t *testing.T) {
	t.Parallel()
	names := []string{
		"001_x'); drop table supabase_migrations.schema_migrations;--", "002_$(touch evil)`touch evil`", `003_"quoted"\back`, "004_%s%n%1$*",
		"005_clear\x1b[2J\x1b]0;evil\a", "006_turn\u202elqs", "007_c1\u009b2J", "008_-rf --yes", "009_{a,b}", "010_\r", "011_\t",
	}
	files := map[string]string{}
	for _, name := range names {
		files[name] = "select 1;"
	}
	s := newSite(t, files)
	quiet := func(o *outcome) *outcome { return o.keepsQuiet("\x1b", "\a", "\u202e", "\u009b", "\r") }
	quiet(s.push("--dry-run", "--json").exits(0)).report()
	quiet(s.push("--color=never").exits(0))
	s.wantQuery(`select version || '_' || name from supabase_migrations.schema_migrations order by version`, names...)
	quiet(s.run("migration", "list", "--db-url", s.url).exits(0))
	quiet(s.run("migration", "list", "--json", "--db-url", s.url).exits(0)).report()
	quiet(s.push("--events").exits(0))
	if got := s.names("."); !slices.Equal(got, []string{"supabase"}) {
		t.Errorf("the project holds %q", got)
	}
	s.migration("012_\x1b[2J'", "select nothing; -- \x1b[2J")
	quiet(s.push().exits(4)).says(`012_\x1b[2J'.sql:1:8`)
	quiet(s.push("--json").exits(4)).report()
	s.migration("012_\x1b[2J'", "do $$ begin raise exception E'\\x1b[2J\\x1b]0;evil\\x07 \\u202e' using detail = E'\\x1b[0m', hint = E'\\x1b]8;;http://evil\\x07'; end $$;\ndo $$ begin raise notice E'\\x1b[2J'; end $$;")
	quiet(s.push().exits(4))
	s.migration("012_\x1b[2J'", "do $$ begin raise notice E'\\x1b[2J%', repeat('x', 100000); end $$;")
	if o := quiet(s.push().exits(0)); len(o.stderr) > 10_000 {
		t.Errorf("a notice of 100 kB is shown with %d bytes", len(o.stderr))
	}
}
