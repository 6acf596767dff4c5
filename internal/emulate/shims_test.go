package emulate_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/pgtest"
)

// shims are the ones that these tests look after, each with what it makes.
var shims = map[string]string{
	"pg_net": `net.http_get(text,jsonb,jsonb,integer) net.http_post(text,jsonb,jsonb,jsonb,integer)
		net.http_delete(text,jsonb,jsonb,integer,jsonb) net.http_collect_response(bigint,boolean) net.worker_restart()
		net.wait_until_running() net.wake() net.check_worker_is_up()`,
	"pg_cron": `cron.schedule(text,text) cron.schedule(text,text,text) cron.unschedule(bigint) cron.unschedule(text)
		cron.schedule_in_database(text,text,text,text,text,boolean) cron.alter_job(bigint,text,text,text,text,boolean)`,
	"supabase_vault": `vault.create_secret(text,text,text,uuid) vault.update_secret(uuid,text,text,text,uuid)
		vault._crypto_aead_det_decrypt(bytea,bytea,bigint,bytea,bytea)`,
	"pgsodium": `pgsodium.crypto_aead_det_encrypt(bytea,bytea,uuid,bytea) pgsodium.crypto_aead_det_decrypt(bytea,bytea,bytea,bytea)
		pgsodium.randombytes_buf(integer) pgsodium.crypto_aead_det_noncegen()`,
	"pgjwt": `sign(json,text,text) verify(text,text,text) url_encode(bytea) url_decode(text) algorithm_sign(text,text,text)
		try_cast_double(text)`,
	"http": `http(http_request) http_get(varchar) http_get(varchar,jsonb) http_post(varchar,varchar,varchar)
		http_post(varchar,jsonb) http_put(varchar,varchar,varchar) http_patch(varchar,varchar,varchar) http_delete(varchar)
		http_head(varchar) http_header(varchar,varchar) http_set_curlopt(varchar,varchar) urlencode(varchar) urlencode(jsonb)`,
	"pgmq": `pgmq.create(text) pgmq.send(text,jsonb) pgmq.send(text,jsonb,integer) pgmq.send_batch(text,jsonb[])
		pgmq.read(text,integer,integer,jsonb) pgmq.pop(text) pgmq.archive(text,bigint) pgmq.archive(text,bigint[])
		pgmq.delete(text,bigint) pgmq.delete(text,bigint[]) pgmq.set_vt(text,bigint,integer) pgmq.drop_queue(text)
		pgmq.purge_queue(text) pgmq.list_queues() pgmq.metrics(text) pgmq.metrics_all()`,
	"pg_graphql":     `graphql.resolve(text,jsonb,text,jsonb) graphql_public.graphql(text,text,jsonb,jsonb)`,
	"pg_jsonschema":  `json_matches_schema(json,json) jsonb_matches_schema(json,jsonb) jsonschema_is_valid(json)`,
	"hypopg":         `hypopg_create_index(text) hypopg_reset()`,
	"index_advisor":  `index_advisor(text)`,
	"pg_tle":         `pgtle.install_extension(text,text,text,text,text[],text) pgtle.uninstall_extension_if_exists(text)`,
	"pgaudit":        `pgaudit_ddl_command_end() pgaudit_sql_drop()`,
	"wrappers":       `stripe_fdw_handler() stripe_fdw_validator(text[],oid) wasm_fdw_handler()`,
	"plpgsql_check":  `plpgsql_check_function(regprocedure,regclass,text,boolean,boolean,boolean,boolean,boolean)`,
	"pg_repack":      `repack.version()`,
	"pg_hashids":     `id_encode(bigint,text,integer,text) id_decode(text,text,integer,text)`,
	"supabase-dbdev": `dbdev.install(text)`,
}

// laid are the ones that the platform holds before the first migration.
var laid = map[string]bool{"supabase_vault": true}

// Each shim can be created by postgres, makes what it should, and goes again.
func TestShims(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		for _, name := range slices.Sorted(maps.Keys(shims)) {
			t.Run(name, func(t *testing.T) {
				conn := database(t, s)
				comes := func(clause string) {
					t.Helper()
					run(t, conn, `CREATE EXTENSION IF NOT EXISTS "`+name+`" `+clause+` CASCADE`)
					run(t, conn, `SET search_path = "$user", public, extensions`)
					for _, f := range strings.Fields(shims[name]) {
						if got := text(t, conn, "SELECT to_regprocedure('"+f+"') IS NOT NULL"); got != "t" {
							t.Errorf("with %q there is no %s", clause, f)
						}
					}
					run(t, conn, `RESET search_path; COMMENT ON EXTENSION "`+name+`" IS 'mine'; ALTER EXTENSION "`+name+`" UPDATE`)
				}
				goes := func() {
					t.Helper()
					run(t, conn, `DROP EXTENSION "`+name+`" CASCADE`)
					for _, f := range strings.Fields(shims[name]) {
						if strings.HasPrefix(f, "graphql_public.") || strings.Contains(f, "http_request)") {
							continue // the placeholder is back; the type is gone too
						}
						if got := text(t, conn, "SELECT to_regprocedure('"+f+"') IS NULL"); got != "t" {
							t.Errorf("%s stays behind", f)
						}
					}
				}
				comes("")
				if !laid[name] {
					goes()
				}
				if home := text(t, conn, "SELECT coalesce((SELECT schema FROM pg_available_extension_versions WHERE name = '"+name+"'), 'extensions')"); !laid[name] {
					comes("WITH SCHEMA " + home)
				}
				goes()
				comes("")
			})
		}
	})
}

// On a server without the platform a shim can be created as well.
func TestShimsAlone(t *testing.T) {
	s := pgtest.StartWith(t, pgtest.Options{Major: 17, Extend: emulate.Install})
	for _, name := range slices.Sorted(maps.Keys(shims)) {
		conn := connect(t, s.Database(t))
		run(t, conn, `CREATE EXTENSION "`+name+`" CASCADE; DROP EXTENSION "`+name+`"`)
		_ = conn.Close(t.Context())
	}
}

// Every shim says what it cannot do.
func TestLimits(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		e, err := emulate.New(t.Context(), database(t, s).PgConn())
		if err != nil {
			t.Fatal(err)
		}
		got := e.Shims()
		for _, name := range slices.Concat(slices.Collect(maps.Keys(shims)), []string{"vector", "postgis", "timescaledb", "pgroonga"}) {
			if got[name] == "" {
				t.Errorf("%s says nothing of its limits", name)
			}
		}
		if got["pgcrypto"] != "" || got["pg_trgm"] != "" {
			t.Error("a real extension counts as a shim")
		}
	})
}

// A trigger of a user of the API sends a request and makes a job, as webhooks do.
func TestRequestsAndJobsInTriggers(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `
			CREATE EXTENSION pg_net WITH SCHEMA extensions;
			CREATE EXTENSION pg_cron;
			CREATE TABLE public.orders (id int);
			ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
			CREATE POLICY p ON public.orders FOR INSERT TO authenticated WITH CHECK (true);
			CREATE FUNCTION public.told() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				PERFORM net.http_post(url := 'https://example.com/hook', body := jsonb_build_object('id', NEW.id));
				RETURN NEW;
			END $$;
			CREATE FUNCTION public.planned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
			BEGIN
				PERFORM cron.schedule('order', '*/5 * * * *', 'SELECT 1');
				RETURN NEW;
			END $$;
			CREATE TRIGGER told BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION public.told();
			CREATE TRIGGER planned AFTER INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION public.planned();
			GRANT INSERT ON public.orders TO authenticated;
			SET ROLE authenticated;
			INSERT INTO public.orders VALUES (7), (8);
			RESET ROLE`)
		for _, step := range []struct{ sql, want string }{
			{`SELECT count(*) FROM net.http_request_queue`, "2"},
			{`SELECT method || ' ' || url || ' ' || convert_from(body, 'UTF8') FROM net.http_request_queue ORDER BY id`, `POST https://example.com/hook {"id": 7}`},
			{`SELECT string_agg(jobname || ' ' || username || ' ' || schedule, ',') FROM cron.job`, `order postgres */5 * * * *`},
			{`SELECT (net.http_collect_response(1)).status`, "PENDING"},
		} {
			if got := text(t, conn, step.sql); got != step.want {
				t.Errorf("%s: %s, want %s", step.sql, got, step.want)
			}
		}
		run(t, conn, `SELECT net.http_get('http://x/?a=1', '{"b": "é &"}')`)
		if got, want := text(t, conn, "SELECT url FROM net.http_request_queue ORDER BY id DESC LIMIT 1"), "http://x/?a=1&b=%C3%A9%20%26"; got != want {
			t.Errorf("the url is %s, want %s", got, want)
		}
		if got := text(t, conn, "SELECT cron.unschedule('order')"); got != "t" {
			t.Errorf("unschedule says %s", got)
		}
	})
}

func TestCron(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO authenticated`)
		first := text(t, conn, "SELECT cron.schedule('a', '0 3 * * *', 'SELECT 1')")
		if again := text(t, conn, "SELECT cron.schedule('a', '30 seconds', 'SELECT 2')"); again != first {
			t.Errorf("the same name makes job %s beside %s", again, first)
		}
		for _, good := range []string{"* * * * *", "*/15 1-5 1,15 jan-mar mon-fri", "@daily", "59 seconds", "1 second", "0 0 $ * *"} {
			run(t, conn, "SELECT cron.schedule('"+good+"', 'SELECT 1')")
		}
		for _, bad := range []string{"", "* * * *", "60 * * * *", "0 24 * * *", "* * 0 * *", "60 seconds", "every day", "* * * foo *"} {
			if err := conn.PgConn().Exec(t.Context(), "SELECT cron.schedule('"+bad+"', 'SELECT 1')").Close(); err == nil {
				t.Errorf("the schedule %q is taken", bad)
			}
		}
		run(t, conn, `SELECT cron.alter_job((SELECT jobid FROM cron.job WHERE jobname = 'a'), active := false)`)
		if got := text(t, conn, "SELECT schedule || command || active FROM cron.job WHERE jobname = 'a'"); got != "30 secondsSELECT 2false" {
			t.Errorf("the job is %s", got)
		}
		for _, refused := range []string{
			"SELECT cron.unschedule('nothing')", "SELECT cron.unschedule(999)", "UPDATE cron.job SET active = false",
			"SET ROLE authenticated; SELECT cron.unschedule('a')",
		} {
			if err := conn.PgConn().Exec(t.Context(), refused).Close(); err == nil {
				t.Errorf("%s is taken", refused)
			}
			run(t, conn, "RESET ROLE")
		}
		run(t, conn, `DO $$ BEGIN PERFORM cron.unschedule(jobid) FROM cron.job; END $$`)
		if got := text(t, conn, "SELECT count(*) FROM cron.job"); got != "0" {
			t.Errorf("%s jobs are left", got)
		}
	})
}

func TestQueues(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `CREATE EXTENSION pgmq; SELECT pgmq.create('Jobs'); SELECT pgmq.create('Jobs')`)
		for _, step := range []struct{ sql, want string }{
			{`SELECT string_agg(s::text, ',') FROM pgmq.send_batch('Jobs', ARRAY['{"n": 1}', '{"n": 2}']::jsonb[]) AS s`, "1,2"},
			{`SELECT * FROM pgmq.send('Jobs', '{"n": 3}')`, "3"},
			{`SELECT * FROM pgmq.send('Jobs', '{"n": 4}', 3600)`, "4"},
			{`SELECT string_agg(msg_id || ':' || read_ct || ':' || (message ->> 'n'), ',') FROM pgmq.read('Jobs', 60, 2)`, "1:1:1,2:1:2"},
			{`SELECT msg_id FROM pgmq.pop('Jobs')`, "3"},
			{`SELECT count(*) FROM pgmq.read('Jobs', 60, 10)`, "0"},
			{`SELECT msg_id FROM pgmq.set_vt('Jobs', 1, 0)`, "1"},
			{`SELECT read_ct FROM pgmq.read('Jobs', 60, 10)`, "2"},
			{`SELECT pgmq.archive('Jobs', 1)`, "t"},
			{`SELECT pgmq.archive('Jobs', 1)`, "f"},
			{`SELECT message FROM pgmq.a_jobs`, `{"n": 1}`},
			{`SELECT pgmq.delete('Jobs', 2)`, "t"},
			{`SELECT queue_length || ' ' || total_messages || ' ' || queue_visible_length FROM pgmq.metrics('Jobs')`, "1 4 0"},
			{`SELECT count(*) FROM pgmq.metrics_all()`, "1"},
			{`SELECT queue_name FROM pgmq.list_queues()`, "Jobs"},
			{`SELECT pgmq.purge_queue('Jobs')`, "1"},
			{`SELECT pgmq.drop_queue('Jobs')`, "t"},
			{`SELECT to_regclass('pgmq.q_jobs')`, "NULL"},
		} {
			if got := text(t, conn, step.sql); got != step.want {
				t.Errorf("%s: %s, want %s", step.sql, got, step.want)
			}
		}
		run(t, conn, `GRANT USAGE ON SCHEMA pgmq TO authenticated; GRANT SELECT ON pgmq.meta TO authenticated; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgmq TO service_role`)
	})
}

// The token is the example of RFC 7515 as jwt.io shows it, with the secret "secret".
func TestTokens(t *testing.T) {
	const token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9.TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ"
	each(t, func(t *testing.T, s *pgtest.Server) {
		for _, schema := range []string{"public", "extensions"} {
			conn := database(t, s)
			run(t, conn, "CREATE EXTENSION pgjwt SCHEMA "+schema)
			for sql, want := range map[string]string{
				`SELECT ` + schema + `.sign('{"sub":"1234567890","name":"John Doe","admin":true}', 'secret')`:                       token,
				`SELECT valid FROM ` + schema + `.verify('` + token + `', 'secret')`:                                                "t",
				`SELECT payload ->> 'name' FROM ` + schema + `.verify('` + token + `', 'secret')`:                                   "John Doe",
				`SELECT valid FROM ` + schema + `.verify('` + token + `', 'other')`:                                                 "f",
				`SELECT valid FROM ` + schema + `.verify(` + schema + `.sign('{"exp": 1}', 's', 'HS512'), 's', 'HS512')`:            "f",
				`SELECT valid FROM ` + schema + `.verify(` + schema + `.sign('{"exp": 4000000000.5}', 's', 'HS384'), 's', 'HS384')`: "t",
			} {
				if got := text(t, conn, sql); got != want {
					t.Errorf("%s: %s, want %s", sql, got, want)
				}
			}
		}
	})
}

// What the smaller ones can do, they do.
func TestSmallShims(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `
			CREATE EXTENSION http SCHEMA extensions; CREATE EXTENSION pg_hashids; CREATE EXTENSION pgsodium;
			CREATE EXTENSION pg_tle; CREATE EXTENSION index_advisor CASCADE; CREATE EXTENSION pg_jsonschema;
			CREATE EXTENSION pg_graphql; CREATE EXTENSION pgaudit`)
		for _, step := range []struct{ sql, want string }{
			{`SELECT status FROM extensions.http_get('http://localhost:1/')`, "NULL"},
			{`SELECT count(*) FROM extensions.http(('GET', 'http://x', NULL, NULL, NULL)::extensions.http_request)`, "1"},
			{`SELECT extensions.urlencode('{"a b": "ü&"}'::jsonb)`, "a+b=%C3%BC%26"},
			{`SELECT id_decode(id_encode(ARRAY[1, 255, 9000000000]::bigint[], 'salt', 20))`, "{1,255,9000000000}"},
			{`SELECT id_decode_once(id_encode(42))`, "42"},
			{`SELECT length(pgsodium.randombytes_buf(33))`, "33"},
			{`SELECT name FROM pgsodium.create_key(name := 'k')`, "k"},
			{`SELECT convert_from(pgsodium.crypto_aead_det_decrypt(pgsodium.crypto_aead_det_encrypt('x', '', id), '', id), 'UTF8') FROM pgsodium.key`, "x"},
			{`SELECT pgtle.install_extension('mine', '1.0', 'what', 'SELECT 1')`, "t"},
			{`SELECT pgtle.install_extension('mine', NULL, 'what', NULL)`, "f"},
			{`SELECT name || default_version FROM pgtle.available_extensions()`, "mine1.0"},
			{`SELECT pgtle.uninstall_extension_if_exists('mine')`, "t"},
			{`SELECT pgtle.uninstall_extension_if_exists('mine')`, "f"},
			{`SELECT total_cost_before IS NOT NULL FROM index_advisor('SELECT * FROM pg_class')`, "t"},
			{`SELECT errors[1] FROM index_advisor('SELECT * FROM nowhere')`, `relation "nowhere" does not exist`},
			{`SELECT jsonb_matches_schema('{"type": "string"}', '1')`, "t"},
			{`SELECT graphql_public.graphql(query => '{ x }') -> 'errors' -> 0 ->> 'message'`, "pg_graphql is emulated here: no query is answered"},
			{`SELECT count(*) FROM pg_event_trigger WHERE evtname LIKE 'pgaudit%'`, "2"},
			{`SELECT vault.create_secret('s', 'n') IS NOT NULL`, "t"},
			{`SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'n'`, "s"},
		} {
			if got := text(t, conn, step.sql); got != step.want {
				t.Errorf("%s: %s, want %s", step.sql, got, step.want)
			}
		}
	})
}
