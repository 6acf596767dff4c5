package dump_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
)

// userRoles are what a user may make of roles, with or without the platform.
const userRoles = `
	CREATE ROLE "Weird ""one""" NOLOGIN CREATEDB;
	CREATE ROLE app LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 5 VALID UNTIL '2031-01-01';
	CREATE ROLE readers NOINHERIT;
	GRANT readers TO app WITH ADMIN OPTION;
	GRANT readers TO "Weird ""one""";
	ALTER ROLE app SET search_path = app, "My Schema";
	ALTER ROLE app SET statement_timeout = '7s';
	COMMENT ON ROLE app IS 'the app''s own';
`

// Roles that are dumped and loaded into another server are the same there: by our catalog, and on 15 by pg_dumpall. No
// password leaves the server.
func TestRoles(t *testing.T) {
	for _, c := range []struct {
		major    int
		platform bool
		sql      string // beside userRoles
		never    string // what the file must not have in it
	}{
		{15, false, `CREATE ROLE chief SUPERUSER REPLICATION BYPASSRLS; ALTER ROLE ALL SET work_mem = '5MB'; GRANT SET ON PARAMETER log_statement TO app WITH GRANT OPTION`, "ROLE postgres"},
		{17, false, `CREATE ROLE maker CREATEROLE; SET ROLE maker; CREATE ROLE made; RESET ROLE; GRANT readers TO made WITH INHERIT TRUE, SET FALSE; ALTER ROLE app SET app.api_key = 'hunter2'`, "ROLE postgres"},
		{15, true, `GRANT app TO authenticator; ALTER ROLE anon SET statement_timeout = '9s'; ALTER ROLE anon CREATEDB`, "supabase_"},
		{17, true, `GRANT app TO authenticator; GRANT app TO postgres; ALTER ROLE anon SET statement_timeout = '9s'; GRANT service_role TO anon`, "supabase_"},
	} {
		t.Run(fmt.Sprintf("%d platform %t", c.major, c.platform), func(t *testing.T) {
			t.Parallel()
			o, role := pgtest.Options{Major: c.major}, "postgres"
			if c.platform {
				b := platform.Baseline{Major: c.major}
				o = pgtest.Options{Major: c.major, Superuser: platform.Superuser, Extend: emulate.Install, Fingerprint: b.Fingerprint(), Lay: b.LayURL}
				role = platform.Owner
			}
			from, to := pgtest.New(t, o), pgtest.New(t, o)
			source, goal := from.URL(from.DatabaseName(t), role), to.URL(to.DatabaseName(t), role)
			run(t, source, userRoles+c.sql)
			s := dump.Schema{
				From: kindtest.ReadWith(t, goal, kinds.Cluster()), To: kindtest.ReadWith(t, source, kinds.Cluster()), Role: role,
				Scope: dump.Scope{Roles: true, Platform: c.platform},
			}
			text := schemaOf(t, s)
			if strings.Contains(text, c.never) || strings.Contains(text, "hunter2") || strings.Contains(text, "SCRAM") {
				t.Errorf("it says\n%s", text)
			}
			load(t, goal, text)
			for _, d := range catalog.Diff(kindtest.ReadWith(t, goal, kinds.Cluster()), s.To) {
				t.Errorf("%s differs in %v\n%s", d.ID(), d.Attrs, text)
			}
			if c.major == 15 && !c.platform {
				if is, want := dumpedRoles(t, goal), dumpedRoles(t, source); is != want {
					t.Errorf("pg_dumpall differs:\n%s\nafter\n%s", lineDiff(want, is), text)
				}
			}
			s.Idempotent = true
			load(t, goal, schemaOf(t, s))
		})
	}
}

// dumpedRoles is what pg_dumpall says of a server's roles.
func dumpedRoles(t *testing.T, url string) string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "pg_dumpall", "--roles-only", "--no-role-passwords", "--dbname", url).Output()
	if err != nil {
		t.Fatalf("pg_dumpall: %v", err)
	}
	_, roles, _ := strings.Cut(string(text), "-- Roles")
	roles, _, _ = strings.Cut(roles, "\\unrestrict")
	return roles
}
