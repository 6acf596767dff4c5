package platform_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/platform"
)

// TestExposure checks, role by role, what is granted on new objects in public, and that a statement runs or is refused
// by it.
func TestExposure(t *testing.T) {
	for _, major := range majors {
		for _, exposure := range []platform.Exposure{platform.Classic, platform.NotExposed} {
			t.Run(strconv.Itoa(major)+" "+exposure.String(), func(t *testing.T) {
				s := empty(t, major)
				b := platform.Baseline{Major: major, Exposure: exposure}
				if err := b.Lay(t.Context(), s.connect(t, platform.Superuser, "postgres").PgConn()); err != nil {
					t.Fatal(err)
				}
				d := s.migrating(t)
				d.run(`CREATE TABLE public.fresh (id serial, name text); CREATE VIEW public.seen AS SELECT 1 AS one;
					CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
				checkMatrix(d, major, exposure)
				checkAccess(d)
				checkStatements(d, exposure)
			})
		}
	}
}

// tablePrivileges in the order of the matrix; Postgres 17 added the last.
var tablePrivileges = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}

func checkMatrix(d db, major int, exposure platform.Exposure) {
	d.Helper()
	privileges := tablePrivileges
	if major < 17 {
		privileges = privileges[:7]
	}
	// authenticator becomes the API roles and holds nothing itself.
	for _, relation := range []string{"public.fresh", "public.seen"} {
		d.is(held("authenticator", relation, "table", privileges), "∅")
	}
	d.is(held("authenticator", "public.fresh_id_seq", "sequence", []string{"SELECT", "UPDATE", "USAGE"}), "∅")
	d.is(held("authenticator", "public.f()", "function", []string{"EXECUTE"}), "EXECUTE")

	for _, role := range []string{"anon", "authenticated", "service_role", "postgres"} {
		all := exposure == platform.Classic || role == "postgres"
		table, sequence := strings.Join(privileges[4:], " "), "UPDATE"
		if all {
			table, sequence = strings.Join(privileges, " "), "SELECT UPDATE USAGE"
		}
		for _, relation := range []string{"public.fresh", "public.seen"} {
			d.is(held(role, relation, "table", privileges), table)
		}
		d.is(held(role, "public.fresh_id_seq", "sequence", []string{"SELECT", "UPDATE", "USAGE"}), sequence)
		d.is(held(role, "public.f()", "function", []string{"EXECUTE"}), "EXECUTE")

		// PUBLIC holds EXECUTE in both variants; once it is taken away they differ.
		d.run("SAVEPOINT narrowed; REVOKE EXECUTE ON FUNCTION public.f() FROM PUBLIC")
		execute := "∅"
		if all {
			execute = "EXECUTE"
		}
		d.is(held(role, "public.f()", "function", []string{"EXECUTE"}), execute)
		d.run("ROLLBACK TO narrowed")
	}
}

// checkAccess checks what the roles of a project may do with the platform's own objects, the same in both variants.
func checkAccess(d db) {
	d.Helper()
	const (
		none  = "∅"
		rows  = "SELECT INSERT UPDATE DELETE"
		call  = "EXECUTE"
		usage = "USAGE"
	)
	roles := [...]string{"anon", "authenticated", "service_role", "postgres", "authenticator"}
	for _, c := range []struct {
		kind, object string
		want         [len(roles)]string
	}{
		{"schema", "public", [...]string{usage, usage, usage, usage, usage}}, // Postgres's own grant to PUBLIC
		{"schema", "extensions", [...]string{usage, usage, usage, usage, none}},
		{"schema", "auth", [...]string{usage, usage, usage, usage, none}},
		{"schema", "storage", [...]string{usage, usage, usage, usage, none}},
		{"schema", "realtime", [...]string{usage, usage, usage, usage, none}},
		{"schema", "graphql_public", [...]string{usage, usage, usage, usage, none}},
		{"schema", "vault", [...]string{none, none, usage, usage, none}},
		{"schema", "pgbouncer", [...]string{none, none, none, usage, none}}, // through pg_read_all_data
		{"table", "auth.users", [...]string{none, none, none, rows, none}},
		{"table", "auth.identities", [...]string{none, none, none, rows, none}},
		{"table", "auth.oauth_clients", [...]string{none, none, none, rows, none}},
		{"table", "storage.objects", [...]string{rows, rows, rows, rows, none}},
		{"table", "storage.buckets", [...]string{rows, rows, rows, rows, none}},
		{"table", "storage.iceberg_tables", [...]string{"SELECT", "SELECT", rows, rows, none}},
		{"table", "storage.vector_indexes", [...]string{"SELECT", "SELECT", "SELECT", rows, none}},
		{"table", "storage.migrations", [...]string{none, none, none, rows, none}},
		{"table", "vault.secrets", [...]string{none, none, "SELECT DELETE", "SELECT DELETE", none}},
		{"table", "vault.decrypted_secrets", [...]string{none, none, "SELECT DELETE", "SELECT DELETE", none}},
		{"table", "realtime.messages", [...]string{"SELECT INSERT UPDATE", "SELECT INSERT UPDATE", "SELECT INSERT UPDATE", rows, none}},
		{"table", "realtime.subscription", [...]string{"SELECT", "SELECT", "SELECT", rows, none}},
		{"table", "supabase_functions.hooks", [...]string{rows, rows, rows, rows, none}},
		{"sequence", "auth.refresh_tokens_id_seq", [...]string{none, none, none, usage, none}},
		{"function", "auth.uid()", [...]string{call, call, call, call, call}},
		{"function", "storage.foldername(text)", [...]string{call, call, call, call, call}},
		{"function", "realtime.topic()", [...]string{call, call, call, call, call}},
		{"function", "extensions.uuid_generate_v4()", [...]string{call, call, call, call, call}},
		{"function", "supabase_functions.http_request()", [...]string{call, call, call, call, none}},
		{"function", "vault.create_secret(text,text,text,uuid)", [...]string{none, none, call, call, none}},
		{"function", "vault.update_secret(uuid,text,text,text,uuid)", [...]string{none, none, call, call, none}},
		{"function", "vault._crypto_aead_det_decrypt(bytea,bytea,bigint,bytea,bytea)", [...]string{none, none, call, call, none}},
		{"function", "vault._crypto_aead_det_encrypt(bytea,bytea,bigint,bytea,bytea)", [...]string{none, none, none, none, none}},
		{"function", "pgbouncer.get_auth(text)", [...]string{none, none, none, none, none}},
		{"function", "pg_catalog.cairn_escalate(text)", [...]string{none, none, none, call, none}},
	} {
		privileges := map[string][]string{
			"schema": {usage}, "table": tablePrivileges[:4], "sequence": {usage}, "function": {call},
		}[c.kind]
		for i, role := range roles {
			d.is(held(role, c.object, c.kind, privileges), c.want[i])
		}
	}
}

// held returns a query for those of the privileges that the role holds.
func held(role, object, kind string, privileges []string) string {
	return fmt.Sprintf(`SELECT string_agg(p, ' ' ORDER BY n) FROM unnest('{%s}'::text[]) WITH ORDINALITY AS u(p, n)
		WHERE has_%s_privilege('%s', '%s', p)`, strings.Join(privileges, ","), kind, role, object)
}

func checkStatements(d db, exposure platform.Exposure) {
	d.Helper()
	for _, role := range []string{"anon", "authenticated", "service_role"} {
		d.as(role, "")
		for _, sql := range []string{
			"SELECT FROM public.fresh", "SELECT FROM public.seen", "INSERT INTO public.fresh (name) VALUES ('x')",
			"UPDATE public.fresh SET name = 'y'", "DELETE FROM public.fresh", "SELECT FROM public.fresh_id_seq",
		} {
			if exposure == platform.Classic {
				d.accepted(sql)
			} else {
				d.refused("42501", sql)
			}
		}
		d.accepted("SELECT public.f()")
		d.refused("42501", "DROP TABLE public.fresh")
		d.refused("42501", "CREATE TABLE public.mine ()")
	}
	// A grant opens what the variant keeps closed.
	d.owner()
	d.run("GRANT SELECT ON public.fresh TO authenticated; GRANT ALL ON public.fresh TO service_role; ALTER TABLE public.fresh ENABLE ROW LEVEL SECURITY")
	d.as("authenticated", "")
	d.is("SELECT count(*) FROM public.fresh", "0")
	d.as("service_role", "")
	d.run("INSERT INTO public.fresh (id, name) VALUES (1, 'x')")
	d.as("authenticated", "")
	d.is("SELECT count(*) FROM public.fresh", "0")
}
