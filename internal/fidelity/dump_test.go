package fidelity_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/fidelity"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/source"
)

// pgDump runs a program of the Postgres client, 15 or later: from the PATH, or where Debian puts it.
func pgDump(t *testing.T, program string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program); len(found) > 0 {
		path, err = found[len(found)-1], nil
	}
	if err != nil {
		t.Fatalf("%s is missing: install the client programs of Postgres 15 or later (Debian: postgresql-client)", program)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	var said strings.Builder
	cmd.Stderr = &said
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, said.String())
	}
	return string(text)
}

// restored restores a dump into a bare server and reads it.
func restored(t *testing.T, ours *fidelity.Reading, text string) (*fidelity.Reading, *fidelity.Dump) {
	t.Helper()
	s := pgtest.New(t, pgtest.Options{Major: 15, Superuser: platform.Superuser})
	d := &fidelity.Dump{File: &source.File{Name: "dump.sql", Text: text}}
	to := session(t, s.URL("postgres", platform.Superuser))
	if err := d.Restore(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	r, err := d.Read(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	d.Blind(r, ours)
	return r, d
}

func unseen(r *fidelity.Reading) []string {
	var all []string
	for _, g := range r.Gaps {
		all = append(all, g.What()+": "+g.Why)
	}
	return all
}

func messages(d *fidelity.Dump) []string {
	all := []string{}
	for _, f := range d.Failed() {
		all = append(all, f.Error())
	}
	return all
}

// TestDumpOfOurs holds that a dump of our own platform differs in nothing, beside what it cannot hold.
func TestDumpOfOurs(t *testing.T) {
	b := platform.Baseline{Major: 15}
	url := pgtest.StartWith(t, options(b)).URL("postgres", platform.Superuser)
	ours := read(t, url)
	schema := pgDump(t, "pg_dump", "--schema-only", "--dbname="+url)
	for _, test := range []struct {
		name, text string
		unseen     []string
	}{
		{"schema", schema, []string{
			"roles: pg_dump does not write it; `pg_dumpall --roles-only` does",
			"memberships: pg_dump does not write it; `pg_dumpall --roles-only` does",
			"role settings: pg_dump does not write it; `pg_dumpall --roles-only` does",
			"the owner of the database and grants on it: pg_dump writes it with --create only",
			"database settings: pg_dump writes it with --create only",
			"the version of extensions: pg_dump does not write it",
		}},
		{"whole", pgDump(t, "pg_dumpall", "--roles-only", "--dbname="+url) + pgDump(t, "pg_dump", "--schema-only", "--create", "--dbname="+url), []string{
			"the version of extensions: pg_dump does not write it",
		}},
		{"bare", pgDump(t, "pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--schema=auth", "--schema=storage", "--dbname="+url), []string{
			"roles: pg_dump does not write it; `pg_dumpall --roles-only` does",
			"memberships: pg_dump does not write it; `pg_dumpall --roles-only` does",
			"role settings: pg_dump does not write it; `pg_dumpall --roles-only` does",
			"the owner of the database and grants on it: pg_dump writes it with --create only",
			"database settings: pg_dump writes it with --create only",
			"owners: the dump was made without owners",
			"grants: the dump was made without privileges",
			"the version of extensions: pg_dump does not write it",
			"extensions: the dump holds none",
			"event triggers: the dump holds none",
			"publications: the dump holds none",
			"default privileges: the dump holds none",
			"the schema extensions: the dump holds nothing of it",
			"the schema graphql: the dump holds nothing of it",
			"the schema graphql_public: the dump holds nothing of it",
			"the schema pgbouncer: the dump holds nothing of it",
			"the schema realtime: the dump holds nothing of it",
			"the schema supabase_functions: the dump holds nothing of it",
			"the schema vault: the dump holds nothing of it",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, d := restored(t, ours, test.text)
			if diff := cmp.Diff([]string{}, messages(d)); diff != "" {
				t.Error(diff)
			}
			c := fidelity.Compare(ours, r)
			if diff := cmp.Diff([]string{}, told(c)); diff != "" {
				t.Error(diff)
			}
			if c.Same < 500 {
				t.Errorf("only %d objects were compared", c.Same)
			}
			if diff := cmp.Diff(test.unseen, unseen(r)); diff != "" {
				t.Error(diff)
			}
			if d.Major() != 15 {
				t.Errorf("the dump is of Postgres %d", d.Major())
			}
		})
	}
}

// TestDumpFails holds that what does not run is told with its place, and what is lost with it is not taken for a
// difference.
func TestDumpFails(t *testing.T) {
	ours := read(t, pgtest.StartWith(t, options(platform.Baseline{Major: 15})).URL("postgres", platform.Superuser))
	text, err := os.ReadFile("testdata/project.sql")
	if err != nil {
		t.Fatal(err)
	}
	r, d := restored(t, ours, string(text))
	want := []string{
		`dump.sql:17:1: extension "pg_net" is not available (what it makes is missing in the comparison)`,
		`dump.sql:18:1: extension "supabase_vault" is not available (what it makes is missing in the comparison)`,
		`dump.sql:38:32: type "extensions.geometry" does not exist (what it makes is missing in the comparison)`,
	}
	if diff := cmp.Diff(want, messages(d)); diff != "" {
		t.Error(diff)
	}
	for _, f := range d.Failed() {
		if f.Severity != finding.Warning || f.Exit != finding.OK {
			t.Errorf("%s: severity %s, exit %d", f, f.Severity, f.Exit)
		}
	}
	c := fidelity.Compare(ours, r)
	var changed []string
	for _, line := range told(c) {
		if !strings.HasPrefix(line, "- ") {
			changed = append(changed, line)
		}
	}
	all := "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"
	if diff := cmp.Diff([]string{
		"~ function auth.uid(); body: written otherwise; grant to dashboard_user: EXECUTE -> ; grant to postgres: EXECUTE -> ",
		"~ schema auth; grant to anon: USAGE -> ; grant to authenticated: USAGE -> ; grant to dashboard_user: USAGE, CREATE -> ; " +
			"grant to postgres: USAGE -> ; grant to service_role: USAGE -> ; grant to supabase_auth_admin: USAGE, CREATE -> ",
		"~ table auth.instances; grant to dashboard_user: " + all + " -> ; grant to postgres: " +
			strings.Replace(all, "SELECT", "SELECT (grantable)", 1) + " -> ; row level security: yes -> no",
		"~ schema extensions; grant to anon: USAGE -> ; grant to authenticated: USAGE -> ; grant to dashboard_user: USAGE, CREATE -> ; " +
			"grant to service_role: USAGE -> ",
		"~ schema public; grant to anon: USAGE -> ; grant to authenticated: USAGE -> ; grant to postgres: USAGE -> ; grant to service_role: USAGE -> ",
	}, changed); diff != "" {
		t.Error(diff)
	}
	for _, gap := range []string{
		"the schema vault: it is what the extension supabase_vault makes, which a dump does not hold",
		"publications: the dump has some of it as comments only",
		"the schema storage: the dump holds nothing of it",
	} {
		if !slices.Contains(unseen(r), gap) {
			t.Errorf("not named: %s\n%q", gap, unseen(r))
		}
	}
	if diff := cmp.Diff([]string{"extension pg_net", "grant on table auth.instances to a role", "policy auth.instances.mine"}, c.Own); diff != "" {
		t.Error(diff)
	}
}

// TestDumpRoles holds that the roles which a dump names are there from its first statement on.
func TestDumpRoles(t *testing.T) {
	to := session(t, pgtest.New(t, pgtest.Options{Major: 15}).URL("postgres", "postgres"))
	d := &fidelity.Dump{File: &source.File{Name: "dump.sql", Text: `
		DO $$ BEGIN
			IF EXISTS (SELECT FROM unnest('{owner,granted,"Two, too",revoked,default}'::text[]) AS r WHERE to_regrole(quote_ident(r)) IS NULL)
				OR to_regrole('public') IS NOT NULL OR to_regrole('with') IS NOT NULL THEN
				RAISE 'not the roles: %', (SELECT array_agg(rolname) FROM pg_roles);
			END IF;
		END $$;
		CREATE TABLE t (id int);
		ALTER TABLE public.t OWNER TO owner;
		GRANT SELECT ON TABLE public.t TO granted, "Two, too" WITH GRANT OPTION;
		GRANT SELECT ON TABLE public.t TO PUBLIC;
		REVOKE ALL ON TABLE public.t FROM revoked;
		ALTER DEFAULT PRIVILEGES FOR ROLE "default" GRANT ALL ON TABLES TO granted;
		CREATE POLICY p ON public.t TO later USING (true);`}}
	if err := d.Restore(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{}, messages(d)); diff != "" {
		t.Error(diff)
	}
}

// TestDumpEndsSession holds that a dump which ends its own session is told with the place.
func TestDumpEndsSession(t *testing.T) {
	to := session(t, pgtest.Start(t, 15).Database(t))
	d := &fidelity.Dump{File: &source.File{Name: "dump.sql", Text: "SELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid());\nSELECT 2;"}}
	f := finding.As(d.Restore(t.Context(), to))
	if f == nil || f.Code != finding.ServerFailed || f.Exit != finding.Failed || !strings.HasPrefix(f.Error(), "dump.sql:2:1: ") {
		t.Errorf("%v", f)
	}
}

func TestDumpUnreadable(t *testing.T) {
	to := session(t, pgtest.Start(t, 15).Database(t))
	for text, want := range map[string]string{
		"PGDMP\x00\x01":              "the dump cannot be read",
		"SELECT 1;\n\\copy x from y": "dump.sql:2:1",
		"SELECT 'open":               "dump.sql:1:8",
	} {
		err := (&fidelity.Dump{File: &source.File{Name: "dump.sql", Text: text}}).Restore(t.Context(), to)
		if f := finding.As(err); f == nil || f.Exit != finding.Usage || !strings.Contains(f.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}
