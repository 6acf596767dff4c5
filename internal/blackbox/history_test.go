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
	s.exec("create role reader_" + s.query("select current_database()::text")[0] + " login password 'reads'; grant usage on schema supabase_migrations to public")
	url := s.server.TCP(s.query("select current_database()::text")[0], "reader_"+s.query("select current_database()::text")[0], "reads")
	s.run("db", "push", "--yes", "--db-url", url).exits(4).says("PG42501", "permission denied")
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
		o := s.run("migration", "list", "--db-url", s.url).exits(0).keepsQuiet("\x1b", "a\nb", "\u202e")
		o = s.run("migration", "fetch", "--yes", "--db-url", s.url).keepsQuiet("\x1b", "\u202e")
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
