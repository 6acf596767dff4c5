package platform_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/platform"
)

// scenarios are what a project does with the platform. Each runs on every major version, in transactions that are
// rolled back, so that they share a server.
var scenarios = []struct {
	name string
	run  func(t *testing.T, s *server)
}{
	{"roles", testRoles},
	{"passwords", testPasswords},
	{"database", testDatabase},
	{"accepted", testAccepted},
	{"refused", testRefused},
	{"extensions", testExtensions},
	{"claims", testClaims},
	{"sign-up", testSignUp},
	{"owner policies", testOwnerPolicies},
	{"service role only", testServiceRoleOnly},
	{"auth tables", testAuthTables},
	{"object names", testObjectNames},
	{"folder policies", testFolderPolicies},
	{"storage triggers", testStorageTriggers},
	{"search", testSearch},
	{"list by delimiter", testListByDelimiter},
	{"operations", testOperations},
	{"realtime", testRealtime},
	{"publication", testPublication},
	{"vault", testVault},
	{"webhooks", testWebhooks},
	{"graphql", testGraphQL},
	{"pooler", testPooler},
	{"notify", testNotify},
	{"copy", testCopy},
	{"escalate", testEscalate},
	{"former", testFormer},
	{"changes", testChanges},
}

func TestPlatform(t *testing.T) {
	for _, major := range majors {
		t.Run(strconv.Itoa(major), func(t *testing.T) {
			s := laid(t, major, platform.Classic)
			for _, scenario := range scenarios {
				t.Run(scenario.name, func(t *testing.T) { scenario.run(t, s) })
			}
		})
	}
}

// TestAllOrNothing lays on a cluster that is not empty, then on one that is laid already.
func TestAllOrNothing(t *testing.T) {
	s := empty(t, 17)
	admin := s.connect(t, platform.Superuser, "postgres")
	if _, err := admin.Exec(t.Context(), "CREATE ROLE dashboard_user"); err != nil {
		t.Fatal(err)
	}
	b := platform.Baseline{Major: 17}
	err := b.Lay(t.Context(), admin.PgConn())
	if err == nil || !strings.Contains(err.Error(), "roles.sql:") || !strings.Contains(err.Error(), "dashboard_user") {
		t.Fatalf("want an error that names the file and the role, got %v", err)
	}
	d := s.admin(t)
	d.is("SELECT count(*) FROM pg_roles WHERE rolname IN ('postgres', 'anon')", "0")

	if _, err := admin.Exec(t.Context(), "DROP ROLE dashboard_user"); err != nil {
		t.Fatal(err)
	}
	if err := b.Lay(t.Context(), admin.PgConn()); err != nil {
		t.Fatal(err)
	}
	d.is("SELECT count(*) FROM pg_roles WHERE rolname IN ('postgres', 'anon')", "2")
	if err := b.Lay(t.Context(), admin.PgConn()); err == nil {
		t.Error("want an error from laying twice")
	}
	d.is("SELECT count(*) FROM pg_roles WHERE rolname IN ('postgres', 'anon')", "2")
}

// TestOtherMajor lays the baseline of one version on a server of another.
func TestOtherMajor(t *testing.T) {
	s := empty(t, 16)
	err := platform.Baseline{Major: 17}.Lay(t.Context(), s.connect(t, platform.Superuser, "postgres").PgConn())
	if err == nil || !strings.Contains(err.Error(), "is for Postgres 17, the server is 16") {
		t.Errorf("got %v", err)
	}
}

func testRoles(t *testing.T, s *server) {
	d := s.migrating(t)
	d.is(`SELECT rolname, rolcanlogin, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolsuper
		FROM pg_roles WHERE rolname !~ '^pg_' AND rolname !~ '^pgsodium' ORDER BY rolname COLLATE "C"`,
		"anon|f|t|f|f|f|f|f",
		"authenticated|f|t|f|f|f|f|f",
		"authenticator|t|f|f|f|f|f|f",
		"dashboard_user|f|t|t|t|t|f|f",
		"pgbouncer|t|t|f|f|f|f|f",
		"pgtle_admin|f|t|f|f|f|f|f",
		"postgres|t|t|t|t|t|t|f",
		"service_role|f|t|f|f|f|t|f",
		"supabase_admin|t|t|t|t|t|t|t",
		"supabase_auth_admin|t|f|t|f|f|f|f",
		"supabase_etl_admin|t|t|f|f|t|f|f",
		"supabase_functions_admin|t|f|t|f|f|f|f",
		"supabase_read_only_user|t|t|f|f|f|t|f",
		"supabase_realtime_admin|t|f|t|f|t|f|f",
		"supabase_replication_admin|t|t|f|f|t|f|f",
		"supabase_storage_admin|t|f|t|f|f|f|f",
	)
	pgsodium := []string{}
	if s.major == 15 {
		pgsodium = []string{"pgsodium_keyholder", "pgsodium_keyiduser", "pgsodium_keymaker"}
	}
	d.is("SELECT rolname FROM pg_roles WHERE rolname ~ '^pgsodium' ORDER BY 1", pgsodium...)

	admin := "f" // on 15 CREATEROLE is enough
	if s.major > 15 {
		admin = "t"
	}
	members := []string{
		"anon|" + admin, "authenticated|" + admin, "authenticator|t", "pg_monitor|" + admin,
		"pg_read_all_data|" + admin, "pg_signal_backend|" + admin, "pgtle_admin|" + admin, "service_role|" + admin,
		"supabase_auth_admin|f", "supabase_functions_admin|f", "supabase_realtime_admin|f", "supabase_storage_admin|f",
	}
	if s.major >= 17 {
		members = append(members[:3], append([]string{"pg_create_subscription|t"}, members[3:]...)...)
	}
	d.is(`SELECT roleid::regrole, admin_option FROM pg_auth_members
		WHERE member = 'postgres'::regrole ORDER BY roleid::regrole::text COLLATE "C"`, members...)
	d.is(`SELECT roleid::regrole FROM pg_auth_members WHERE member = 'authenticator'::regrole ORDER BY 1::text`,
		"anon", "authenticated", "service_role")
	d.is("SHOW search_path", `"\$user", public, extensions`)
	d.is("SHOW storage.allow_delete_query", "true")
	d.is(`SELECT rolname, array_to_string(rolconfig, ' ') FROM pg_roles
		WHERE rolname IN ('anon', 'authenticated', 'authenticator', 'supabase_auth_admin') ORDER BY 1`,
		"anon|statement_timeout=3s",
		"authenticated|statement_timeout=8s",
		"authenticator|statement_timeout=8s lock_timeout=8s",
		"supabase_auth_admin|search_path=auth idle_in_transaction_session_timeout=60000")
}

// testPasswords logs in over TCP as each role that may.
func testPasswords(t *testing.T, s *server) {
	roles := s.migrating(t).rows("SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY 1")
	if len(roles) != 11 {
		t.Errorf("got %d roles with LOGIN, want 11", len(roles))
	}
	for _, role := range roles {
		d := db{T: t, conn: open(t, s.TCP("postgres", role, "postgres"))}
		d.is("SELECT session_user, current_user", role+"|"+role)
	}
	_, err := pgx.Connect(t.Context(), s.TCP("postgres", "postgres", "guess"))
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "28P01" {
		t.Errorf("with a wrong password: %v", err)
	}
}

func testDatabase(t *testing.T, s *server) {
	d := s.migrating(t)
	d.is("SELECT datdba::regrole FROM pg_database WHERE datname = 'postgres'", "postgres")
	d.is("SHOW app.settings.jwt_exp", "3600")
	d.is(`SELECT nspname, nspowner::regrole FROM pg_namespace
		WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`,
		"auth|supabase_admin", "extensions|postgres", "graphql|supabase_admin", "graphql_public|supabase_admin",
		"pgbouncer|pgbouncer", "public|pg_database_owner", "realtime|supabase_admin", "storage|supabase_admin",
		"supabase_functions|supabase_admin", "vault|supabase_admin")
	for _, role := range []string{"anon", "authenticated", "service_role"} {
		d.is("SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_'"+
			" AND nspname <> 'information_schema' AND has_schema_privilege('"+role+"', oid, 'USAGE')",
			"auth extensions graphql graphql_public public realtime storage supabase_functions"+
				map[bool]string{true: " vault"}[role == "service_role"])
		d.is("SELECT count(*) FROM pg_namespace WHERE has_schema_privilege('"+role+"', oid, 'CREATE')", "0")
	}
}

// testCopy migrates in a copy of the database, as the shadow does.
func testCopy(t *testing.T, s *server) {
	d := db{T: t, conn: s.connect(t, platform.Owner, s.DatabaseName(t))}.begun()
	d.run(`COMMENT ON SCHEMA public IS 'ours'; CREATE SCHEMA app; CREATE EXTENSION citext;
		CREATE TABLE public.notes (id uuid PRIMARY KEY, user_id uuid DEFAULT auth.uid() REFERENCES auth.users)`)
	d.is("SELECT has_table_privilege('anon', 'public.notes', 'SELECT')", "t")
}

// TestLostConnection ends the context in the middle: an error, and a server that is as empty as before.
func TestLostConnection(t *testing.T) {
	s := empty(t, 17)
	ctx, cancel := context.WithCancel(t.Context())
	conn := s.connect(t, platform.Superuser, "postgres")
	cancel()
	if err := (platform.Baseline{Major: 17}).Lay(ctx, conn.PgConn()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.admin(t).is("SELECT count(*) FROM pg_roles WHERE rolname = 'anon'", "0")
}

// BenchmarkLay lays the platform on an empty server of each major.
func BenchmarkLay(b *testing.B) {
	for _, major := range majors {
		b.Run(strconv.Itoa(major), func(b *testing.B) {
			baseline := platform.Baseline{Major: major}
			for range b.N {
				b.StopTimer()
				s := empty(b, major)
				conn := s.connect(b, platform.Superuser, "postgres").PgConn()
				b.StartTimer()
				if err := baseline.Lay(b.Context(), conn); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				s.Stop(b, cluster.Immediate)
				b.StartTimer()
			}
		})
	}
}
