package platform_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
)

// small are extensions with the names that the platform does something for, made of the little that is needed to see it.
var small = map[string]struct{ control, script string }{
	"pg_cron": {"schema = pg_catalog", `
		CREATE SCHEMA cron;
		CREATE TABLE cron.job (jobid bigserial PRIMARY KEY, schedule text, command text);
		CREATE TABLE cron.job_run_details (jobid bigint, status text);
		CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
			'INSERT INTO cron.job (schedule, command) VALUES (schedule, command) RETURNING jobid'`},
	"pg_net": {"", `
		CREATE SCHEMA net;
		CREATE TABLE net.http_request_queue (id bigserial, url text);
		CREATE FUNCTION net.http_post(url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}',
			timeout_milliseconds int DEFAULT 5000) RETURNS bigint LANGUAGE sql AS
			'INSERT INTO net.http_request_queue (url) VALUES (url) RETURNING id';
		CREATE FUNCTION net.wake() RETURNS void LANGUAGE sql AS ''`},
	"pg_graphql": {"schema = graphql", `
		CREATE FUNCTION graphql.resolve(query text, variables jsonb DEFAULT '{}', "operationName" text DEFAULT NULL,
			extensions jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS 'SELECT jsonb_build_object(''data'', query)'`},
	"pgaudit": {"", `
		CREATE FUNCTION pgaudit_ddl_command_end() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
		CREATE EVENT TRIGGER pgaudit_ddl_command_end ON ddl_command_end EXECUTE FUNCTION pgaudit_ddl_command_end()`},
	"supabase_vault": {"schema = vault", `
		CREATE TABLE vault.secrets (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text, secret text);
		CREATE VIEW vault.decrypted_secrets AS SELECT *, secret AS decrypted_secret FROM vault.secrets;
		CREATE FUNCTION vault.create_secret(new_secret text, new_name text DEFAULT NULL) RETURNS uuid LANGUAGE sql
			SECURITY DEFINER AS 'INSERT INTO vault.secrets (secret, name) VALUES (new_secret, new_name) RETURNING id'`},
}

// withExtensions returns a server with the platform and those extensions in a folder of the test's own, which Postgres 18
// is the first to allow.
func withExtensions(t *testing.T, trusted bool) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "cairn-extensions-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Mkdir(filepath.Join(dir, "extension"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the server runs as another user
		t.Fatal(err)
	}
	for name, e := range small {
		control := fmt.Sprintf("default_version = '1'\nrelocatable = false\ntrusted = %t\n%s\n", trusted, e.control)
		for file, text := range map[string]string{name + ".control": control, name + "--1.sql": e.script} {
			if err := os.WriteFile(filepath.Join(dir, "extension", file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := &server{pgtest.New(t, pgtest.Options{
		Major: 18, Superuser: platform.Superuser, Settings: map[string]string{"extension_control_path": dir + ":$system"},
	}), 18}
	if err := (platform.Baseline{Major: 18}).Lay(t.Context(), s.connect(t, platform.Superuser, "postgres").PgConn()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestExtensionAccess creates extensions as a migration does and looks at what the event triggers opened.
func TestExtensionAccess(t *testing.T) {
	s := withExtensions(t, true)
	t.Run("pg_cron", func(t *testing.T) {
		d := s.migrating(t)
		d.run("CREATE EXTENSION pg_cron; SELECT cron.schedule('* * * * *', 'SELECT 1')")
		d.is("SELECT schedule FROM cron.job", "* * * * *")
		for _, sql := range []string{"INSERT INTO cron.job DEFAULT VALUES", "UPDATE cron.job SET schedule = ''", "DELETE FROM cron.job"} {
			d.refused("42501", sql)
		}
		d.accepted("DELETE FROM cron.job_run_details")
		d.run(`GRANT USAGE ON SCHEMA cron TO service_role; GRANT SELECT ON cron.job TO service_role;
			GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cron TO service_role`)
		d.as("service_role", "")
		d.is("SELECT count(*) FROM cron.job", "1")
		d.as("anon", "")
		d.refused("42501", "SELECT FROM cron.job")
		d.refused("42501", "SELECT cron.schedule('', '')")
		d.owner()
		d.accepted("DROP EXTENSION pg_cron")
	})
	t.Run("pg_net", func(t *testing.T) {
		d := s.migrating(t)
		d.run(`CREATE ROLE worker; CREATE EXTENSION IF NOT EXISTS pg_net WITH SCHEMA extensions`)
		for _, role := range []string{"anon", "authenticated", "service_role", "supabase_functions_admin"} {
			d.as(role, "")
			d.run("SELECT net.http_post('http://127.0.0.1')")
			d.refused("42501", "SELECT FROM net.http_request_queue")
		}
		d.owner()
		d.is("SELECT net.http_post(url => 'http://127.0.0.1', body => '{}')", "5")
		d.is(`SELECT has_schema_privilege('worker', 'net', 'USAGE'), has_function_privilege('worker', 'net.http_post(text, jsonb, jsonb, jsonb, int)', 'EXECUTE'),
			has_function_privilege('worker', 'net.wake()', 'EXECUTE')`, "f|f|t")
		d.run(`CREATE TABLE public.orders (id int); CREATE TRIGGER hook AFTER INSERT ON public.orders FOR EACH ROW
			EXECUTE FUNCTION supabase_functions.http_request('http://127.0.0.1/hook', 'POST')`)
		d.as("authenticated", "")
		d.run("INSERT INTO public.orders VALUES (1)")
		d.owner()
		d.is("SELECT hook_name, request_id FROM supabase_functions.hooks", "hook|6")
	})
	t.Run("pgaudit", func(t *testing.T) {
		d := s.migrating(t)
		const there = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'extensions'::regnamespace AND proname ~ '^pgaudit'"
		d.run("CREATE EXTENSION pg_net")
		d.is(there, "2")
		d.refused("22023", "CREATE EXTENSION pgaudit WITH SCHEMA extensions VERSION '9'")
		d.is(there, "2")
		d.run(`CREATE EXTENSION IF NOT EXISTS "pgaudit" WITH SCHEMA "extensions"; CREATE EXTENSION IF NOT EXISTS "pgaudit"`)
		d.is(there, "1")
		d.run("DROP EXTENSION pgaudit; CREATE EXTENSION pgaudit WITH SCHEMA extensions")
	})
	t.Run("pg_graphql", func(t *testing.T) {
		d := s.migrating(t)
		const ask = "SELECT graphql_public.graphql(query => 'q') ->> 'data', graphql_public.graphql() -> 'errors' -> 0 ->> 'message'"
		const none = "∅|pg_graphql extension is not enabled."
		d.is(ask, none)
		d.run("CREATE EXTENSION pg_graphql")
		for _, role := range []string{"anon", "authenticated", "service_role"} {
			d.as(role, "")
			d.is(ask, "q|∅")
			d.is("SELECT graphql.resolve('q') ->> 'data'", "q")
		}
		d.owner()
		d.run("DROP EXTENSION pg_graphql")
		d.as("anon", "")
		d.is(ask, none)
		d.owner()
		d.run("CREATE EXTENSION pg_graphql")
		d.is(ask, "q|∅")
		// A function of the same name that is a migration's own changes nothing.
		d.run("DROP EXTENSION pg_graphql; CREATE FUNCTION public.resolve() RETURNS int LANGUAGE sql AS 'SELECT 1'")
		d.is(ask, none)
	})
}

// TestVaultExtension lays the platform where the server has the vault as an extension, for postgres to create or not.
func TestVaultExtension(t *testing.T) {
	for _, trusted := range []bool{true, false} {
		t.Run(fmt.Sprintf("trusted %t", trusted), func(t *testing.T) {
			d := withExtensions(t, trusted).migrating(t)
			d.is(`SELECT nspname, extowner::regrole, rolsuper FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace
				JOIN pg_roles ON rolname = 'postgres' WHERE extname = 'supabase_vault'`, "vault|postgres|f")
			d.run(`CREATE EXTENSION IF NOT EXISTS "supabase_vault" WITH SCHEMA "vault"; SELECT vault.create_secret('s', 'n')`)
			d.is("SELECT decrypted_secret FROM vault.decrypted_secrets", "s")
			if trusted { // otherwise the objects are postgres's own
				d.refused("42501", "INSERT INTO vault.secrets (secret) VALUES ('x')")
			}
			d.as("service_role", "")
			d.run("SELECT vault.create_secret('s')")
			d.as("anon", "")
			d.refused("42501", "SELECT vault.create_secret('s')")
		})
	}
}
