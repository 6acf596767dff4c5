package emulate_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/source"
)

var _ apply.Emulation = (*emulate.Emulator)(nil)

func emulator(t *testing.T, conn *pgx.Conn) *emulate.Emulator {
	t.Helper()
	e, err := emulate.New(t.Context(), conn.PgConn())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// send runs a statement as the emulator says, and returns its note's code, "" where there is none, and what it says.
func send(t *testing.T, e *emulate.Emulator, conn *pgx.Conn, sql string) (finding.Code, string, error) {
	t.Helper()
	f := &source.File{Name: "test.sql", Text: sql}
	sent, note := e.Statement(migration.Statement{Span: f.Whole()})
	if sent == "" && note != nil {
		t.Fatalf("%s: it is sent as it is, the note is %v", sql, note)
	}
	if note == nil {
		return "", "", conn.PgConn().Exec(t.Context(), cmp.Or(sent, sql)).Close()
	}
	weight := finding.Note
	if note.Code == finding.HostedRefuses {
		weight = finding.Warning
	}
	if note.Severity != weight || note.Exit != finding.OK || note.At.IsZero() {
		t.Errorf("%s: the note is %+v", sql, note)
	}
	return note.Code, note.Message + "\n" + note.Detail, conn.PgConn().Exec(t.Context(), sent).Close()
}

const setup = `
	CREATE TABLE t (id int, "Mixed Name" int); CREATE INDEX t_i ON t (id);
	CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
	CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
	CREATE FUNCTION guarded() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE SCHEMA app`

// Each history runs whole, as postgres; the codes are those of the notes, statement by statement.
func TestStatements(t *testing.T) {
	type step struct {
		sql  string
		code finding.Code
		says string
	}
	const shim, other, super = finding.Emulated, finding.Rewritten, finding.Escalated
	for name, steps := range map[string][]step{
		"cron in cron":       {{`create extension if not exists pg_cron with schema cron`, shim, "SCHEMA cron was left out: it belongs into pg_catalog"}},
		"cron in extensions": {{"-- jobs\nCREATE EXTENSION pg_cron WITH SCHEMA \"extensions\" VERSION '1.6' CASCADE", shim, "VERSION 1.6 was left out"}, {`grant select on cron.job to authenticated`, "", ""}, {`grant usage on schema cron to postgres`, "", ""}, {`grant all privileges on all tables in schema cron to postgres`, "", ""}, {`drop extension pg_cron`, "", ""}},
		"cron plain":         {{`CREATE EXTENSION pg_cron`, shim, "pg_cron is emulated here: jobs are kept and never run"}},
		"vault":              {{`CREATE EXTENSION IF NOT EXISTS "supabase_vault" WITH SCHEMA "vault"`, shim, "plain text"}},
		"graphql":            {{`CREATE EXTENSION IF NOT EXISTS pg_graphql WITH SCHEMA extensions`, shim, "SCHEMA extensions was left out: it belongs into graphql"}},
		"pgmq":               {{`CREATE EXTENSION pgmq SCHEMA pgmq_public`, shim, "belongs into pgmq"}, {`GRANT ALL ON pgmq.meta TO authenticated`, "", ""}},
		"net":                {{`create extension "pg_net" with schema "extensions" version '0.7'`, shim, "VERSION 0.7"}, {`alter extension pg_net update to '0.8.0'`, other, "TO 0.8.0 was left out"}},
		"real":               {{`create extension citext with schema extensions`, "", ""}, {`create extension pg_trgm version '0.1'`, other, "VERSION 0.1 was left out"}, {`create extension if not exists pgcrypto`, "", ""}, {`comment on extension pgcrypto is 'x'`, "", ""}},
		"untrusted":          {{`create extension moddatetime schema extensions -- why`, super, "the platform lets postgres do this"}, {`comment on extension moddatetime is 'x'`, super, ""}, {`create trigger tr before update on t for each row execute function extensions.moddatetime(id)`, "", ""}, {`drop trigger tr on t`, "", ""}, {`drop extension if exists moddatetime`, super, ""}},
		"wrapper":            {{`create extension postgres_fdw schema extensions -- why`, super, ""}, {`create server s foreign data wrapper postgres_fdw`, "", ""}},
		"stripe":             {{`create extension wrappers schema extensions`, shim, ""}, {`create foreign data wrapper stripe handler extensions.stripe_fdw_handler validator extensions.stripe_fdw_validator -- why`, super, ""}, {`create server s foreign data wrapper stripe options (api_key 'x')`, "", ""}, {`create foreign table ft (id text) server s options (object 'x')`, "", ""}, {`drop foreign data wrapper stripe cascade`, super, ""}},
		"moved":              {{`alter extension "uuid-ossp" set schema public`, super, ""}},
		"event trigger":      {{`create event trigger e on ddl_command_end execute function et()`, super, "done as supabase_admin here"}, {`alter event trigger e disable`, super, ""}, {`drop event trigger if exists e`, super, ""}},
		"settings":           {{`alter role authenticator set pgrst.db_pre_request = 'public.f'`, "", ""}, {`alter role authenticator set "pgrst.something_new" to 'public.f'`, super, ""}, {`ALTER ROLE anon SET pgrst.new_setting = 'a'`, super, "ALTER ROLE anon SET pgrst.new_setting"}, {`alter role anon set statement_timeout = '9s'`, "", ""}, {`notify pgrst, 'reload config'`, "", ""}},
		"publication":        {{`create publication p for all tables`, super, ""}, {`alter publication p set (publish = 'insert')`, super, ""}, {`drop publication if exists p`, super, ""}, {`create publication p for table t`, "", ""}, {`drop publication p`, "", ""}, {`alter publication supabase_realtime add tables in schema app`, super, ""}, {`alter publication supabase_realtime add table t`, "", ""}},
		"owners": {
			{`alter function public.f() owner to supabase_admin`, super, "a dump wrote it"},
			{`grant all on function public.f() to anon`, super, ""},
			{`comment on function "public"."f"() is 'x'`, super, ""},
			{`ALTER TABLE ONLY "public"."t" OWNER TO "supabase_admin"`, super, ""},
			{`GRANT ALL ON TABLE "public"."t" TO "anon"`, super, ""},
			{`grant select on public.t to authenticated`, super, ""},
			{`alter table public.t enable row level security`, super, ""},
			{`drop table public.t`, super, ""},
			{`alter schema app owner to supabase_admin`, super, ""},
			{`alter function auth.uid() owner to supabase_auth_admin`, "", ""},
			{`alter function public.et() owner to postgres`, "", ""},
			{`ALTER DEFAULT PRIVILEGES FOR ROLE "supabase_admin" IN SCHEMA "public" GRANT ALL ON TABLES TO "anon"`, super, "ALTER DEFAULT PRIVILEGES"},
			{`ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO anon`, "", ""},
		},
		"index options": {
			{`create extension vector`, shim, ""},
			{`create table v (e vector(3))`, "", ""},
			{`create index vi on v using hnsw (e vector_l2_ops) with (m = 16, ef_construction = 64)`, shim, "with (m = 16, ef_construction = 64) was left out"},
			{`alter index vi set (ef_construction = 100)`, shim, "the hnsw index of vector takes no options here"},
			{`ALTER INDEX IF EXISTS public.vi RESET (m, ef_construction)`, shim, ""},
			{`alter index t_i set (fillfactor = 70)`, "", ""},
			{`do $$ begin alter index vi set (lists = 100); end $$`, shim, "set (lists = 100) was left out"},
			{`do $$ begin execute format('create index %I on v using ivfflat (e vector_ip_ops) with (lists = %s) ', 'vf', 10); end $$`, shim, "with (lists = %s) was left out"},
			{"create function tune(n int) returns void language plpgsql as $body$\nbegin\n  drop index if exists vt;\n  create index vt on v using hnsw (e vector_l2_ops) with (m = 8);\n  execute format('create index on v using ivfflat (e vector_l2_ops) with (lists = %s)', n);\nend\n$body$", "", ""},
			{`alter function public.tune(int) set search_path = public, extensions`, "", ""},
			{`select public.tune(7)`, shim, "with (m = 8), with (lists = %s) was left out\nin tune, which has them again now"},
			{`do $$ begin perform tune(8); end $$`, shim, "in tune"},
			{`do $$ begin if (select prosrc not like '%with (m = 8)%with (lists = %)%' or proconfig is null from pg_proc where proname = 'tune') then raise 'changed'; end if; end $$`, "", ""},
		},
		"strings": {{`select 'create extension pg_cron with schema cron', $$drop event trigger x$$ /* create event trigger */`, "", ""}, {`comment on table t is 'create event trigger e'`, "", ""}},
		"block": {
			{"do $$\nbegin\n  if not exists (select from pg_extension where extname = 'pg_cron') then\n    create extension pg_cron with schema cron; -- jobs\n  end if;\nend\n$$", shim, "SCHEMA cron was left out"},
			{"DO LANGUAGE plpgsql $body$ BEGIN EXECUTE 'create extension pg_net with schema extensions version ''0.1'''; CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION et(); END $body$", shim, "CREATE EVENT TRIGGER e took a superuser"},
			{"do $$ begin create table made (id int); grant select on made to anon; end $$", "", ""},
			{"do $$ declare comment text; begin select case when true then comment else 'x' end into comment; end $$", "", ""},
			{"do $$ begin execute format('drop table %I', 'made'); end $$", "", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *pgtest.Server) {
				conn := database(t, s)
				run(t, conn, setup)
				e := emulator(t, conn)
				for _, step := range steps {
					code, says, err := send(t, e, conn, step.sql)
					if err != nil || code != step.code || !strings.Contains(says, step.says) {
						t.Errorf("%s\n%q, want %q: %s: %v", step.sql, code, step.code, says, err)
					}
				}
			})
		})
	}
}

// A function that an earlier run made is known as well.
func TestTunedBefore(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `CREATE EXTENSION vector; CREATE TABLE v (e vector(3));
			CREATE FUNCTION tune() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE INDEX ON v USING hnsw (e vector_l2_ops) WITH (m = 8); END $$`)
		if code, _, err := send(t, emulator(t, conn), conn, `SELECT tune()`); err != nil || code != finding.Emulated {
			t.Errorf("%s: %v", code, err)
		}
	})
}

// What the platform refuses is refused here: the emulator leaves it alone.
func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, setup)
		e := emulator(t, conn)
		for _, sql := range []string{
			`alter role postgres superuser`, `alter role all set statement_timeout = '1s'`, `alter system set work_mem = '1MB'`,
			`alter role authenticator set app.x = '1'`, `alter database postgres set app.settings.x = 'y'`,
			`alter role supabase_admin set pgrst.new_setting = 'x'`, `drop event trigger pgrst_ddl_watch`,
			`create extension xml2`, `grant supabase_admin to postgres`, `set role supabase_admin`,
			`alter function f() leakproof`, `copy t from program 'true'`, `alter extension plpgsql set schema app`,
			`update vault.secrets set secret = 'x'`, `select pg_catalog.pg_reload_conf()`,
			`do $$ begin alter role postgres superuser; end $$`, `do $$ begin execute 'alter role postgres superuser'; end $$`,
		} {
			if code, _, err := send(t, e, conn, sql); err == nil || code != "" {
				t.Errorf("%s: %s %v", sql, code, err)
			}
		}
	})
}

// Without the platform nothing is escalated.
func TestWithoutPlatform(t *testing.T) {
	s := pgtest.StartWith(t, pgtest.Options{Major: 17, Extend: emulate.Install})
	conn := connect(t, s.Database(t))
	e := emulator(t, conn)
	run(t, conn, setup)
	for sql, want := range map[string]finding.Code{
		`create event trigger e on ddl_command_end execute function et()`: "",
		`create extension moddatetime`:                                    "",
		`create extension pg_net`:                                         finding.Emulated,
	} {
		if code, _, err := send(t, e, conn, sql); err != nil || code != want {
			t.Errorf("%s: %s %v", sql, code, err)
		}
	}
}

// Half a statement is nobody's mistake but the server's to tell.
func FuzzStatement(f *testing.F) {
	for _, seed := range []string{
		"CREATE EXTENSION", "CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA", "CREATE EXTENSION pg_cron VERSION", "create extension pg_cron cascade cascade",
		"CREATE EXTENSION pg_cron WITH SCHEMA \"a\"\"b\" VERSION '1''2'", "DO", "DO $$", "DO $$ BEGIN CREATE EXTENSION $$", "DO $$ EXECUTE $$", "do $a$ begin execute 'x' $a$ language 'sql'",
		"ALTER ROLE anon SET", "ALTER ROLE anon SET pgrst.", "DROP EXTENSION pg_cron,", "GRANT", "GRANT ALL ON", "CREATE INDEX ON t USING hnsw (e) WITH",
		"CREATE INDEX ON t USING hnsw (e) WITH (m = 1", "CREATE PUBLICATION", "ALTER TABLE OWNER TO supabase_admin", "COMMENT ON EXTENSION", "CREATE EVENT TRIGGER U&\"\\",
		"ALTER EXTENSION pg_net UPDATE TO", "ALTER INDEX i SET (m = 1", "ALTER INDEX i RESET (", "GRANT ALL ON FUNCTION vector_recv(internal", "ALTER FUNCTION f(", "SET ROLE", "COMMENT ON COLUMN auth.users.", "CREATE FOREIGN DATA WRAPPER", "ALTER DEFAULT PRIVILEGES FOR ROLE",
	} {
		f.Add(seed)
	}
	s := hosted(f, 17)
	conn, err := pgconn.Connect(f.Context(), s.Database(f))
	if err != nil {
		f.Fatal(err)
	}
	e, err := emulate.New(f.Context(), conn)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		file := &source.File{Name: "test.sql", Text: sql}
		if sent, note := e.Statement(migration.Statement{Span: file.Whole()}); sent == "" && note != nil {
			t.Errorf("it is sent as it is, the note is %v", note)
		}
	})
}
