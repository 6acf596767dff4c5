package platform_test

import "testing"

func testEscalate(t *testing.T, s *server) {
	d := s.migrating(t)
	d.run(`CREATE FUNCTION public.told() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'`)
	const statement = "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION public.told()"
	d.refused("42501", statement)
	d.run("SELECT pg_catalog.cairn_escalate('" + statement + "')")
	d.is("SELECT evtname, evtowner::regrole FROM pg_event_trigger WHERE evtname = 'mine'", "mine|supabase_admin")
	d.is("SELECT current_user, session_user", "postgres|postgres")

	// Names mean what they mean to the migration, and a refusal is the statement's own.
	d.run("CREATE SCHEMA app; SET LOCAL search_path = app; SELECT pg_catalog.cairn_escalate('CREATE TABLE t (id int)')")
	d.is("SELECT to_regclass('app.t') IS NOT NULL", "t")
	d.refused("42601", "SELECT pg_catalog.cairn_escalate('CREATE NONSENSE')")
	d.refused("42P07", "SELECT pg_catalog.cairn_escalate('CREATE TABLE t ()')")
	d.refused("42501", "DROP FUNCTION pg_catalog.cairn_escalate(text)")
	d.refused("42501", "GRANT EXECUTE ON FUNCTION pg_catalog.cairn_escalate(text) TO anon; SET LOCAL ROLE anon; SELECT pg_catalog.cairn_escalate('SELECT 1')")

	for _, role := range d.rows("SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolname <> 'postgres' AND rolname !~ '^pg_' ORDER BY 1") {
		d.is("SELECT has_function_privilege('"+role+"', 'pg_catalog.cairn_escalate(text)', 'EXECUTE')", "f")
	}
	for _, role := range []string{"anon", "authenticated", "service_role"} {
		d.as(role, "")
		d.refused("42501", "SELECT pg_catalog.cairn_escalate('SELECT 1')")
	}
	// What pg_dump asks of a function in pg_catalog: whether its grants are other than at first.
	d.owner()
	d.is(`SELECT p.proname FROM pg_proc AS p
		LEFT JOIN pg_init_privs AS i ON i.objoid = p.oid AND i.classoid = 'pg_proc'::regclass AND i.objsubid = 0
		WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proacl IS DISTINCT FROM i.initprivs`)
}
