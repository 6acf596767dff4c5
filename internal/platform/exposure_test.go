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
