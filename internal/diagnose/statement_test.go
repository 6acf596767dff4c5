package diagnose_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/source"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// majors are the versions whose errors differ most among those that we support.
var majors = []int{15, 17}

// fixture is what the statements of the table below find.
const fixture = `
create extension if not exists pg_trgm;
create schema auth; create table auth.users (id uuid primary key);
create function auth.uid() returns uuid language sql as 'select null::uuid';
create schema storage; create table storage.objects (id int, bucket_id text); alter table storage.objects enable row level security;
create table t (a int, b text, "Mixed" int); create index i on t (a); create sequence s; create view v as select a from t;
create table "Users" (id int); create table empty (a int);
create type e as enum ('a'); create domain d as int; create materialized view mv as select 1 as x;
create function f() returns int language sql as 'select 1'; create procedure pr() language sql as 'select 1';
create function fired() returns trigger language plpgsql as 'begin return new; end';
create trigger tr before update on t for each row execute function fired();
create policy p on t using (true); create policy "Own rows" on t using (true); create rule r as on insert to empty do also nothing;
create publication pub for table t; alter table t add constraint c check (a <> 7);
create table full_of (a int, b text); insert into full_of values (1, 'x'), (1, 'y'), (null, 'zz');
create table parent (id int primary key); create table child (p int references parent); insert into parent values (1); insert into child values (1);
create table loose (p int); insert into loose values (9);
create table ex (r int4range, exclude using gist (r with &&)); insert into ex values ('[1,3)');
create schema vault; create table vault.secrets (secret text);
create extension if not exists postgres_fdw; create server srv foreign data wrapper postgres_fdw; create foreign table far (a int) server srv;
create table ranged (a int) partition by range (a); create table ranged_1 partition of ranged for values from (0) to (10);
create table part (a int) partition by range (a); create table pk (id int primary key); create table always_id (a int generated always as identity);
`

// refusals are statements and what is to be told of them. In a text ‹ and › stand around the statement as it is sent,
// and ▸ before the character that the finding must point at; without ‹ the statement is the whole text.
var refusals = []struct {
	code, text, hint string
}{
	// What is there already.
	{"42P07", "▸create table t (a int)", "CREATE TABLE IF NOT EXISTS t"},
	{"42P07", "▸create table public.t (a int)", "CREATE TABLE IF NOT EXISTS public.t"},
	{"42P07", "-- a comment\n\n-- é\n  ▸create index i on t (b)", "CREATE INDEX IF NOT EXISTS i"},
	{"42P07", "▸create sequence s", "CREATE SEQUENCE IF NOT EXISTS s"},
	{"42P07", "▸create view v as select 1", "CREATE OR REPLACE VIEW v"},
	{"42P07", "▸create materialized view mv as select 1", "CREATE MATERIALIZED VIEW IF NOT EXISTS mv"},
	{"42P07", "▸alter table full_of rename to t", "new name"},
	{"42P07", "▸alter table full_of add constraint i unique (b)", "ALTER TABLE full_of DROP CONSTRAINT IF EXISTS i"},
	{"42710", "▸create policy p on t using (false)", "DROP POLICY IF EXISTS p ON t;"},
	{"42710", "▸create policy \"Own rows\" on public.t for select using (true)", `DROP POLICY IF EXISTS "Own rows" ON public.t;`},
	{"42710", "▸create trigger tr before insert on t for each row execute function fired()", "DROP TRIGGER IF EXISTS tr ON t;"},
	{"42710", "▸create type e as enum ('b')", "duplicate_object"},
	{"42710", "▸create domain d as text", "CREATE DOMAIN d"},
	{"42710", "▸alter type e add value 'a'", "ALTER TYPE e ADD VALUE IF NOT EXISTS"},
	{"42710", "▸create role postgres", "CREATE ROLE postgres"},
	{"42710", "▸create extension plpgsql", "CREATE EXTENSION IF NOT EXISTS plpgsql"},
	{"42710", "▸create publication pub", "pg_publication"},
	{"42710", "▸alter publication pub add table t", "pg_publication_tables"},
	{"42710", "▸alter table only t add constraint c check (a > 0)", "ALTER TABLE t DROP CONSTRAINT IF EXISTS c"},
	{"42710", "▸create rule r as on insert to empty do also nothing", "CREATE OR REPLACE RULE r"},
	{"42701", "▸alter table if exists t add a int", "ALTER TABLE t ADD COLUMN IF NOT EXISTS a"},
	{"42701", "▸alter table t add column z int, add column a int", "ALTER TABLE t ADD COLUMN IF NOT EXISTS …"},
	{"42701", "▸create table twice (a int, a int)", "names this column twice"},
	{"42P06", "▸create schema auth", "CREATE SCHEMA IF NOT EXISTS auth"},
	{"42723", "▸create function f() returns int language sql as 'select 2'", "CREATE OR REPLACE FUNCTION f"},
	{"42723", "▸create procedure pr() language sql as 'select 1'", "CREATE OR REPLACE PROCEDURE pr"},

	// What is not there.
	{"42P01", "select 1 from ▸nosuch", "lower version"},
	{"42P01", "select 1 from ▸Users", `"Users"`},
	{"42P01", "▸drop table nosuch", "DROP TABLE IF EXISTS"},
	{"42P01", "select ▸u.a from t", "FROM or JOIN"},
	{"42P01", "insert into ▸storage.buckets (id) values ('x')", "belongs to the Supabase platform"},
	{"42P01", "▸create table m (a int references nosuch)", "lower version"},
	{"42703", "select ▸nosuch from t", "check the spelling"},
	{"42703", "insert into t (b) values (▸\"x\")", "'x'"},
	{"42703", "select ▸Mixed from t", `"Mixed"`},
	{"42703", "▸alter table t drop column nosuch", "DROP COLUMN IF EXISTS"},
	{"42704", "create table m (v ▸vector(3))", "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA extensions"},
	{"42704", "create table m (v ▸datetime)", "timestamptz"},
	{"42704", "create table m (v ▸nosuch)", "search_path"},
	{"42704", "▸drop index nosuch", "DROP INDEX IF EXISTS"},
	{"42704", "▸alter table t drop constraint nosuch", "DROP CONSTRAINT IF EXISTS"},
	{"42704", "▸drop policy nosuch on t", "DROP POLICY IF EXISTS"},
	{"42704", "▸create policy q on t to authenticated using (true)", "authenticated"},
	{"42704", "▸grant select on t to anon", "roles belong to the server"},
	{"42704", "▸show tables", "MySQL"},
	{"42704", "▸select current_setting('app.settings.key')", "current_setting('name', true)"},
	{"42704", "do $$ begin perform ▸current_setting('app.settings.key'); end $$", "vault.create_secret"},
	{"42704", "▸drop user mapping for current_user server srv", "CREATE USER MAPPING FOR"},
	{"42704", "▸select * from far", "CREATE USER MAPPING FOR"},
	{"42704", "▸set nosuchsetting = 1", "setting"},
	{"42704", "▸create index on t using gin (b)", "gin"},
	{"42883", "select ▸uuid_generate_v4()", "gen_random_uuid()"},
	{"42883", "create table m (id uuid default ▸uuid_generate_v4())", `CREATE EXTENSION IF NOT EXISTS "uuid-ossp"`},
	{"42883", "select ▸nosuch(1)", "cast"},
	{"42883", "▸create policy q on t using (auth.uid() = b)", "auth.uid() is a uuid"},
	{"42883", "▸create trigger tt before update on t for each row execute function update_updated_at_column()", "lower version"},
	{"3F000", "create table ▸nosuch.m (a int)", "CREATE SCHEMA IF NOT EXISTS"},
	{"3F000", "select ▸cron.schedule('a', 'b', 'c')", "CREATE EXTENSION IF NOT EXISTS pg_cron"},
	{"42830", "▸create table m (a int references t (a))", "UNIQUE"},
	{"42P10", "▸insert into t values (1) on conflict (a) do nothing", "unique index"},

	// What something else depends on, or does not fit.
	{"2BP01", "▸drop table parent", "CASCADE"},
	{"42P13", "▸create or replace function f() returns text language sql as $$ select 'x' $$", "DROP FUNCTION IF EXISTS f"},
	{"42P13", "▸create function g() returns int as $$ begin return 1; end $$", "LANGUAGE"},
	{"42P16", "▸create or replace view v as select b from t", "DROP VIEW IF EXISTS"},
	{"42P16", "▸alter table pk add primary key (id)", "one primary key"},
	{"42P17", "▸create index on t ((random()))", "IMMUTABLE"},
	{"42P17", "create table m partition of ranged for values from (▸5) to (15)", "overlap"},
	{"0A000", "▸alter table t alter column a type text", "Drop the view"},
	{"0A000", "▸create extension nosuch", "Extensions"},
	{"55000", "▸refresh materialized view concurrently mv", "unique index"},
	{"428C9", "▸insert into always_id (a) values (1)", "OVERRIDING"},

	// What Postgres cannot read.
	{"42601", "create policy if ▸not exists q on t using (true)", "DROP POLICY IF EXISTS q ON t;"},
	{"42601", "alter table t add constraint if ▸not exists k check (a > 0)", "DROP CONSTRAINT IF EXISTS k"},
	{"42601", "create type if ▸not exists k as enum ('a')", "duplicate_object"},
	{"42601", "create or replace ▸policy q on t using (true)", "DROP POLICY IF EXISTS q ON t;"},
	{"42601", "create or replace ▸table q (a int)", "CREATE TABLE IF NOT EXISTS q"},
	{"42601", "create table m (id int ▸auto_increment primary key)", "GENERATED ALWAYS AS IDENTITY"},
	{"42601", "create table ▸`m` (id int)", "double quotes"},
	{"42601", "create table m (id int) ▸engine=InnoDB", "leave it out"},
	{"42601", "create table m (id int ▸unsigned)", "CHECK"},
	{"42601", "create table m (id int, ▸)", "comma too many"},
	{"42601", "create table m (id int, ▸user text)", "reserved word"},
	{"42601", "create table ▸order (id int)", "reserved word"},
	{"42601", "▸selct 1", "SELECT"},
	{"42601", "select * ▸form t", "FROM"},
	{"42601", "select top ▸10 * from t", "LIMIT"},
	{"42601", "select ▸[a] from t", "brackets"},
	{"42601", "insert ▸ignore into t values (1)", "ON CONFLICT DO NOTHING"},
	{"42601", "alter table t ▸modify a bigint", "ALTER COLUMN"},
	{"42601", "alter table t add z int ▸after a", "leave AFTER out"},
	{"42601", "▸if true then select 1", "DO $$"},
	{"42601", "drop table t ▸if exists", "before its name"},
	{"42601", "create table m (a int, index ▸(a))", "CREATE INDEX of their own"},
	{"3F000", "▸create policy q on t using (realtime.topic() = b)", "belongs to the Supabase platform"},
	{"42601", "create table m (id int, b text▸", "not closed: 1"},
	{"42601", "drop policy p▸", "ON table"},
	{"42601", "▸create policy q on t for insert using (true)", "only WITH CHECK"},
	{"42601", "▸create policy q on t for select with check (true)", "only USING"},
	{"42601", "create policy q on t for insert▸, update with check (true)", "one policy for each"},
	{"42601", "create function g() returns int language plpgsql as ▸$$ begin return 1; end", "must end with the same mark"},
	{"42601", "create function g() returns int language plpgsql as $$\nbegin\n  ▸retrn 1;\nend $$", "RETURN"},
	{"42601", "▸select 1; select 2", "split"},
	{"42803", "select ▸a, count(*) from t", "GROUP BY"},
	{"42804", "select 1 where ▸1", "Cast"},

	// Rows and values in the way.
	{"23502", "▸alter table full_of alter a set not null", "UPDATE public.full_of SET a = …"},
	{"23502", "▸alter table full_of add column z int not null", "DEFAULT"},
	{"23502", "▸insert into pk values (null)", "Give id a value"},
	{"23505", "▸create unique index on full_of (a)", "GROUP BY"},
	{"23505", "▸insert into parent values (1)", "ON CONFLICT DO NOTHING"},
	{"23503", "▸alter table loose add foreign key (p) references parent", "NOT VALID"},
	{"23514", "▸alter table full_of add check (a > 1)", "NOT VALID"},
	{"23514", "▸insert into t values (7)", "CHECK"},
	{"23514", "▸insert into part values (1)", "partition"},
	{"23P01", "▸insert into ex values ('[2,4)')", "exclusion"},
	{"22P02", "insert into t values (▸'abc')", "USING"},
	{"22P02", "▸alter table full_of alter b type int using b::int", "USING"},
	{"22003", "▸select 2147483647 + 1", "bigint"},
	{"22012", "▸select 1 / 0", "nullif"},
	{"22008", "select ▸'2024-13-01'::date", "2024-01-31"},

	// Transactions and the server.
	{"25001", "▸create index concurrently on t (a)", "file of its own"},
	{"25001", "▸vacuum t", "file of its own"},
	{"25001", "▸set transaction isolation level serializable", "BEGIN ISOLATION LEVEL"},
	{"2D000", "do $$ begin ▸commit; end $$", "one transaction of each file"},
	{"P0001", "do $$ begin ▸raise exception 'own words' using hint = 'own hint', detail = 'own detail'; end $$", "own hint\nThe migration's own code"},

	// Inside the body of a DO block.
	{"42P07", "do $$\nbegin\n  perform 1;\n  if true then ▸create table t (a int); end if;\nend $$", "CREATE TABLE IF NOT EXISTS t"},
	{"42710", "do $$\r\nbegin\r\n  -- é\r\n  ▸create policy p on t using (true);\r\nend $$", "DROP POLICY IF EXISTS p ON t;"},
	{"42703", "do $$\nbegin\n  insert into t\n    select ▸nosuch from empty;\nend $$", "check the spelling"},
	{"42883", "do $$\nbegin\n  perform ▸nosuch(2);\nend $$", "cast"},
	{"42601", "do $body$\nbegin\n  execute 'create ▸tabl m (a int)';\nend $body$", "TABLE"},
	{"42601", "do $$\nbegin\n  ▸execute format('alter table %I add colum x int', 't');\nend $$", "Postgres stops"},
	{"42601", "do $$\nbegin\n  ▸x := 1;\nend $$", "Postgres stops"},
	{"22P02", "do $$\ndeclare x int;\nbegin\n  x := ▸'abc';\nend $$", "value"},

	// Where in the file: after text that is not ASCII, and after lines that end in CR LF.
	{"42P01", "-- Crée les tables: ça va, 日本語, 🎉\nselect 1;\n‹/* naïve */ select 'é', 'ü🎉' from ▸nosuch›;\nselect 2;\n", "lower version"},
	{"42703", "select 1;\r\n‹\r\n-- Größe\r\nselect 'ä',\r\n  ▸nosuch\r\nfrom t›;\r\n", "check the spelling"},
	{"42601", "\ufeffselect 1;\n‹\n\tselect 'ÿ', * ▸form t›", "FROM"},
	{"42P07", "select 'é';\n‹ -- about é\n /* and /* nested */ more */\n ▸create table t (a int)›;", "IF NOT EXISTS"},
}

func TestStatement(t *testing.T) {
	for _, major := range majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			conn := connect(t, pgtest.Start(t, major).Database(t))
			script(t, conn, fixture)
			for _, c := range refusals {
				t.Run(c.code+" "+strings.Map(printable, c.text), func(t *testing.T) {
					at, want := marked(t, c.text)
					script(t, conn, "begin; select 1")
					defer script(t, conn, "rollback")
					f := refused(t, conn, at)
					if f.Code != finding.Postgres(c.code) {
						t.Errorf("code %s, want PG%s: %s", f.Code, c.code, f.Message)
					}
					if got := f.At.String(); got != want {
						t.Errorf("at %s, want %s", got, want)
					}
					if !strings.Contains(f.Hint, c.hint) {
						t.Errorf("hint %q does not say %q", f.Hint, c.hint)
					}
					if f.Exit != finding.Failed || f.Severity != finding.Error || f.Message == "" {
						t.Errorf("exit %d, severity %s, message %q", f.Exit, f.Severity, f.Message)
					}
				})
			}
		})
	}
}

// TestEveryHint holds the hints to one form: whole sentences that a person can act on, without a placeholder left over.
func TestEveryHint(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range refusals {
		seen[c.code] = true
	}
	for _, code := range []string{
		"42P04", "42712", "42P05", "42P02", "3D000", "58P01", "42809", "55006", "28000", "0LP01", "25006", "42501", "42602", "42622",
		"42939", "42846", "42702", "42725", "42P18", "26000", "22023", "23001", "22P04", "22001", "22007", "22021", "21000", "54000",
		"54001", "54011", "54023", "P0002", "P0003", "55P04", "25P01", "25P02", "25P03", "25P04", "57014", "55P03", "40P01", "40001",
		"2F003", "53100", "53200", "53300", "57P01", "57P02", "57P03", "57P05", "08P01", "08006", "XX000", "XX001", "58030",
	} {
		seen[code] = true
	}
	file := &source.File{Name: "f.sql", Text: "alter table t add column a int"}
	for code := range seen {
		for _, at := range []source.Span{file.Whole(), {}} {
			f := diagnose.Statement(&pgconn.PgError{Code: code, Message: "m"}, at)
			if f.Hint == "" || strings.ContainsAny(f.Hint, "{}") && !strings.Contains(f.Hint, "…") || strings.Contains(f.Hint, "%!") {
				t.Errorf("%s: hint %q", code, f.Hint)
			}
		}
	}
}

func TestStatementDetail(t *testing.T) {
	conn := connect(t, pgtest.Start(t, 17).Database(t))
	script(t, conn, fixture)
	for _, c := range []struct{ text, detail string }{
		{"alter table full_of alter a set not null", "table public.full_of, column a"},
		{"drop table parent", "constraint child_p_fkey on table child depends on table parent"},
		{"create unique index on full_of (a)", "Key (a)=(1) is duplicated.\ntable public.full_of, constraint full_of_a_idx"},
		{"do $$ begin perform nosuch(); end $$", "PL/pgSQL function inline_code_block line 1 at PERFORM"},
	} {
		at, _ := marked(t, "▸"+c.text)
		if f := refused(t, conn, at); !strings.Contains(f.Detail, c.detail) {
			t.Errorf("%s: detail %q does not say %q", c.text, f.Detail, c.detail)
		}
	}
	at, _ := marked(t, "▸do $$ begin raise exception using message = 'm', detail = repeat('é', 30000000); end $$")
	f := refused(t, conn, at)
	if len(f.Detail) > 20<<10 || !strings.Contains(f.Detail, "more bytes)") || !utf8.ValidString(f.Detail) {
		t.Errorf("a detail of 60 MB became %d bytes, valid UTF-8 %t", len(f.Detail), utf8.ValidString(f.Detail))
	}
}

// TestCopyData points at the line of data that COPY could not take.
func TestCopyData(t *testing.T) {
	for _, major := range majors {
		conn := connect(t, pgtest.Start(t, major).Database(t))
		script(t, conn, "create table t2 (a int, b text)")
		file := &source.File{Name: "seed.sql", Text: "-- é\r\ncopy t2 (a, b) from stdin;\r\n1\tx\r\n2\ty\r\nthree\tz\r\n\\.\r\n"}
		start := strings.Index(file.Text, "copy")
		at := file.Span(start, strings.Index(file.Text, ";"))
		data := file.Text[strings.Index(file.Text, "1\t"):strings.Index(file.Text, "\\.")]
		_, err := conn.CopyFrom(t.Context(), strings.NewReader(data), at.Text())
		pg, ok := errors.AsType[*pgconn.PgError](err)
		if !ok {
			t.Fatalf("COPY: %v", err)
		}
		if f := diagnose.Statement(pg, at); f.At.String() != "seed.sql:5:1" || f.Code != "PG22P02" {
			t.Errorf("%s at %s, want PG22P02 at seed.sql:5:1", f.Code, f.At)
		}
	}
}

// TestEnumInSameTransaction, TestPrivileges and TestWaiting provoke what needs more than one statement or session.
func TestEnumInSameTransaction(t *testing.T) {
	for _, major := range majors {
		conn := connect(t, pgtest.Start(t, major).Database(t))
		script(t, conn, "create type e as enum ('a'); create table t (x e)")
		script(t, conn, "begin; alter type e add value 'b'")
		at, want := marked(t, "select 1;\n‹insert into t values (▸'b')›;")
		if f := refused(t, conn, at); f.Code != "PG55P04" || f.At.String() != want || !strings.Contains(f.Hint, "migration of its own") {
			t.Errorf("%d: %s at %s (want %s): %s", major, f.Code, f.At, want, f.Hint)
		}
	}
}

func TestPrivileges(t *testing.T) {
	for _, major := range majors {
		conn := connect(t, pgtest.Start(t, major).Database(t))
		script(t, conn, fixture)
		script(t, conn, "create role plain_"+conn.ParameterStatus("server_version")[:2]+"; grant insert on full_of to public; grant usage on schema auth, storage, vault to public; alter table full_of enable row level security")
		script(t, conn, "set role plain_"+conn.ParameterStatus("server_version")[:2])
		for _, c := range []struct{ text, hint string }{
			{"▸alter table t add z int", "Only the owner"},
			{"create table ▸public.aa (a int)", "GRANT CREATE ON SCHEMA"},
			{"▸select * from t", "GRANT it"},
			{"▸alter table storage.objects enable row level security", "storage.objects belongs to the platform, which has row level security on"},
			{"▸create policy q on storage.objects using (bucket_id = 'a')", "Storage > Policies"},
			{"▸alter table auth.users add column z int", "auth.users belongs to the platform"},
			{"▸create policy q on t using (exists (select 1 from auth.users))", "Only the owner"},
			{"▸create trigger on_signup after insert on auth.users for each row execute function fired()", "trigger on auth.users"},
			{"▸insert into full_of values (1)", "WITH CHECK"},
			{"▸alter system set work_mem = '1MB'", "superuser"},
			{"▸insert into vault.secrets values ('x')", "vault.create_secret('value', 'name')"},
			{"▸alter role current_user set \"app.settings.key\" = 'x'", "vault.create_secret()"},
			{"▸create schema mine", "GRANT CREATE ON DATABASE"},
			{"▸create role other", "CREATEROLE"},
		} {
			at, want := marked(t, c.text)
			f := refused(t, conn, at)
			if f.Code != "PG42501" || f.At.String() != want || !strings.Contains(f.Hint, c.hint) {
				t.Errorf("%d: %s: %s at %s (want %s): %s", major, c.text, f.Code, f.At, want, f.Hint)
			}
		}
		script(t, conn, "reset role; drop owned by plain_"+conn.ParameterStatus("server_version")[:2]+"; drop role plain_"+conn.ParameterStatus("server_version")[:2])
	}
}

// printable keeps line ends out of the names of tests.
func printable(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}

// marked takes the marks out of a text and returns the statement's span and the place, "file:line:col", of the ▸.
func marked(t *testing.T, text string) (source.Span, string) {
	t.Helper()
	before, _, ok := strings.Cut(strings.NewReplacer("‹", "", "›", "").Replace(text), "▸")
	if !ok {
		t.Fatalf("no ▸ in %q", text)
	}
	line := strings.Count(before, "\n")
	want := fmt.Sprintf("dir/m.sql:%d:%d", line+1, utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:])+1)
	text = strings.Replace(text, "▸", "", 1)
	head, rest, ok := strings.Cut(text, "‹")
	if !ok {
		file := &source.File{Name: "dir/m.sql", Text: text}
		return file.Whole(), want
	}
	statement, tail, _ := strings.Cut(rest, "›")
	file := &source.File{Name: "dir/m.sql", Text: head + statement + tail}
	return file.Span(len(head), len(head)+len(statement)), want
}

// refused runs the statement as the runner does and returns the finding for its refusal.
func refused(t *testing.T, conn *pgconn.PgConn, at source.Span) *finding.Finding {
	t.Helper()
	_, err := conn.ExecParams(t.Context(), at.Text(), nil, nil, nil, nil).Close()
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		t.Fatalf("%q was not refused: %v", at.Text(), err)
	}
	f := diagnose.Statement(pg, at)
	if got, _ := errors.AsType[*pgconn.PgError](f); got != pg {
		t.Errorf("the finding does not lead to the server's error")
	}
	return f
}

func connect(t *testing.T, url string) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func script(t *testing.T, conn *pgconn.PgConn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
