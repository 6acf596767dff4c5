package fidelity_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/fidelity"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
)

// TestSame holds that two servers with our platform do not differ, and that the reading holds something of each kind.
func TestSame(t *testing.T) {
	for _, major := range pgbin.Majors {
		t.Run(strconv.Itoa(major), func(t *testing.T) {
			b := platform.Baseline{Major: major}
			here := read(t, pgtest.StartWith(t, options(b)).URL("postgres", platform.Superuser))
			there := read(t, pgtest.New(t, options(b)).URL("postgres", platform.Superuser))
			if len(here.Gaps) > 0 {
				t.Errorf("gaps: %v", here.Gaps)
			}
			c := fidelity.Compare(here, there)
			if len(c.Differences) > 0 || len(c.Own) > 0 || len(c.Purposed) > 0 || c.Same != len(here.Facts) {
				t.Errorf("%d of %d are the same; differences %q, own %q", c.Same, len(here.Facts), told(c), c.Own)
			}
			seen, names := map[string]int{}, map[string]bool{}
			for _, f := range here.Facts {
				seen[f.Kind]++
				name := f.Kind + "\n" + f.Schema + "\n" + f.Name
				if names[name] {
					t.Errorf("two facts have one name: %s", f)
				}
				names[name] = true
			}
			for _, kind := range []string{
				"role", "membership", "role setting", "database setting", "database", "schema", "default privileges",
				"extension", "event trigger", "publication", "table", "view", "column", "constraint", "index", "trigger",
				"function", "enum", "composite type", "sequence",
			} {
				if seen[kind] == 0 {
					t.Errorf("nothing is read of the kind %s", kind)
				}
			}
		})
	}
}

// TestFacts holds a few facts to the letter.
func TestFacts(t *testing.T) {
	r := read(t, pgtest.StartWith(t, options(platform.Baseline{Major: 17})).URL("postgres", platform.Superuser))
	var all strings.Builder
	for _, f := range r.Facts {
		all.WriteString(f.String() + "\n")
	}
	for _, want := range []string{
		"role authenticator; bypassrls: no; connection limit: -1; createdb: no; createrole: no; inherit: no; login: yes; replication: no; superuser: no\n",
		"role setting anon statement_timeout; value: 3s\n",
		"database setting app.settings.jwt_secret; value: a secret\n",
		"schema vault; grant to postgres: USAGE (grantable); grant to service_role: USAGE; owner: supabase_admin\n",
		"column auth.users.is_anonymous; default: false; not null: yes; type: boolean\n",
		"constraint auth.users.users_phone_key; definition: UNIQUE (phone)\n",
		"default privileges for postgres on sequences in public; grant to anon: SELECT, UPDATE, USAGE; grant to authenticated: ",
		"index storage.objects.bucketid_objname; definition: CREATE UNIQUE INDEX bucketid_objname ON storage.objects USING btree (bucket_id, name); valid: yes\n",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(all.String(), "super-secret") {
		t.Error("the value of a secret was read")
	}
}

// TestChanged holds that what was changed is told, and nothing else.
func TestChanged(t *testing.T) {
	b := platform.Baseline{Major: 17}
	here := read(t, pgtest.StartWith(t, options(b)).URL("postgres", platform.Superuser))
	url := pgtest.New(t, options(b)).URL("postgres", platform.Superuser)
	run(t, url, `
		ALTER TABLE auth.users ADD COLUMN banned_by text NOT NULL DEFAULT 'nobody';
		REVOKE UPDATE ON storage.objects FROM anon;
		ALTER ROLE anon SET statement_timeout = '5s';
		ALTER ROLE authenticator CREATEDB;
		REVOKE service_role FROM authenticator;
		CREATE OR REPLACE FUNCTION storage.extension(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN name; END';
		ALTER FUNCTION auth.uid() SECURITY DEFINER SET search_path = '';
		DROP INDEX auth.users_is_anonymous_idx;
		CREATE SCHEMA moved; ALTER EXTENSION pgcrypto SET SCHEMA moved;
		ALTER TYPE auth.aal_level ADD VALUE 'aal4';
		ALTER TABLE auth.identities ALTER COLUMN provider TYPE varchar(20), DISABLE ROW LEVEL SECURITY;
		DROP TRIGGER protect_objects_delete ON storage.objects;
		ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public REVOKE INSERT ON TABLES FROM anon;
		DROP EVENT TRIGGER pgrst_drop_watch;
		ALTER PUBLICATION supabase_realtime SET (publish = 'insert, update, delete');
		DROP SCHEMA graphql_public CASCADE;
		DROP TABLE auth.saml_relay_states;
		CREATE SCHEMA supabase_new;
		CREATE TABLE supabase_new.things (id int);
		GRANT USAGE ON SCHEMA supabase_new TO anon;
		CREATE ROLE supabase_new_admin;`)
	// The schema "moved" stands for one that is not the platform's: it is the superuser's, as nothing of a user's is.
	run(t, url, `ALTER SCHEMA moved OWNER TO postgres`)
	c := fidelity.Compare(here, read(t, url))
	want := []string{
		"- event trigger pgrst_drop_watch",
		"~ extension pgcrypto; schema: extensions -> moved",
		"- membership authenticator in service_role",
		"~ publication supabase_realtime; truncate: yes -> no",
		"~ role authenticator; createdb: no -> yes",
		"+ role supabase_new_admin; bypassrls: no; connection limit: -1; createdb: no; createrole: no; inherit: yes; login: no; replication: no; superuser: no",
		"~ role setting anon statement_timeout; value: 3s -> 5s",
		"~ column auth.identities.provider; type: text -> character varying(20)",
		"+ column auth.users.banned_by; default: 'nobody'::text; not null: yes; type: text",
		"~ enum auth.aal_level; values: aal1, aal2, aal3 -> aal1, aal2, aal3, aal4",
		`~ function auth.uid(); security: invoker -> definer; settings:  -> search_path=""`,
		"- index auth.users.users_is_anonymous_idx",
		"~ table auth.identities; row level security: yes -> no",
		"- table auth.saml_relay_states",
		"- schema graphql_public",
		"~ default privileges for postgres on tables in public; grant to anon: SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN -> SELECT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN",
		"~ function storage.extension(text); body: written otherwise",
		"~ table storage.objects; grant to anon: SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN -> SELECT, INSERT, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN",
		"- trigger storage.objects.protect_objects_delete",
		"+ column supabase_new.things.id; not null: no; type: integer",
		"+ schema supabase_new; grant to anon: USAGE; owner: supabase_admin",
		"+ table supabase_new.things; owner: supabase_admin; row level security: no",
	}
	if diff := cmp.Diff(want, told(c)); diff != "" {
		t.Error(diff)
	}
	if len(c.Own)+len(c.Purposed) > 0 {
		t.Errorf("own %q, on purpose %v", c.Own, c.Purposed)
	}
	for _, d := range c.Differences {
		if d.IsBody() != (d.Name == "extension(text)") {
			t.Errorf("%s is %t about a body only", d.Title(), d.IsBody())
		}
		if d.Name == "graphql_public" && d.Parts < 2 || d.Name == "saml_relay_states" && d.Parts < 10 {
			t.Errorf("%s is gone with %d parts", d.Title(), d.Parts)
		}
	}
}

// TestNames holds that names which must be quoted are read as they are.
func TestNames(t *testing.T) {
	b := platform.Baseline{Major: 17}
	here := read(t, pgtest.StartWith(t, options(b)).URL("postgres", platform.Superuser))
	url := pgtest.New(t, options(b)).URL("postgres", platform.Superuser)
	run(t, url, `
		CREATE ROLE "a ""b"" =/*c"; GRANT SELECT ON auth.users TO "a ""b"" =/*c" WITH GRANT OPTION;
		CREATE TABLE auth."my.table; x" ("a b" int)`)
	c := fidelity.Compare(here, read(t, url))
	if diff := cmp.Diff([]string{
		"+ column auth.my.table; x.a b; not null: no; type: integer",
		"+ table auth.my.table; x; owner: supabase_admin; row level security: no",
	}, told(c)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`grant on table auth.users to a "b" =/*c`, `role a "b" =/*c`}, c.Own); diff != "" {
		t.Error(diff)
	}
}

// TestLooks holds that how a function's body is laid out is no difference.
func TestLooks(t *testing.T) {
	b := platform.Baseline{Major: 17}
	url := pgtest.New(t, options(b)).URL("postgres", platform.Superuser)
	set := func(body string) *fidelity.Reading {
		run(t, url, "CREATE OR REPLACE FUNCTION storage.operation() RETURNS text LANGUAGE plpgsql STABLE AS $$"+body+"$$")
		return read(t, url)
	}
	first := set("BEGIN RETURN current_setting('storage.operation', true); END")
	if c := fidelity.Compare(first, set("\nbegin -- which?\n  Return current_setting( 'storage.operation',true );\nend;\n")); len(c.Differences) > 0 {
		t.Errorf("%q", told(c))
	}
	if c := fidelity.Compare(first, set("BEGIN RETURN current_setting('storage.Operation', true); END")); len(c.Differences) != 1 {
		t.Errorf("%q", told(c))
	}
}

// TestPurposes holds that what ours does otherwise by decision is told apart, with the reason.
func TestPurposes(t *testing.T) {
	b := platform.Baseline{Major: 17}
	here := read(t, pgtest.StartWith(t, options(b)).URL("postgres", platform.Superuser))
	url := pgtest.New(t, options(b)).URL("postgres", platform.Superuser)
	run(t, url, `
		REVOKE supabase_auth_admin, supabase_storage_admin, authenticator FROM postgres;
		CREATE ROLE pgsodium_keyiduser; CREATE ROLE pgsodium_keyholder IN ROLE pgsodium_keyiduser; GRANT pgsodium_keyholder TO service_role;
		ALTER ROLE authenticator SET session_preload_libraries = 'safeupdate'`)
	c := fidelity.Compare(here, read(t, url))
	if len(c.Differences) > 0 {
		t.Errorf("differences %q", told(c))
	}
	var titles []string
	for _, d := range c.Purposed {
		titles = append(titles, d.Title())
		if d.Why == "" {
			t.Errorf("%s has no reason", d.Title())
		}
	}
	want := []string{
		"membership pgsodium_keyholder in pgsodium_keyiduser",
		"membership postgres in authenticator", "membership postgres in supabase_auth_admin",
		"membership postgres in supabase_storage_admin", "membership service_role in pgsodium_keyholder",
		"role pgsodium_keyholder", "role pgsodium_keyiduser", "role setting authenticator session_preload_libraries",
	}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Error(diff)
	}
}

// TestOwn holds that what users make is told as theirs.
func TestOwn(t *testing.T) {
	b := platform.Baseline{Major: 17}
	here := read(t, pgtest.StartWith(t, options(b)).URL("postgres", platform.Superuser))
	s := pgtest.New(t, options(b))
	run(t, s.URL("postgres", platform.Owner), `
		CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users, name text);
		CREATE SCHEMA shop; CREATE TABLE shop.orders (id int);
		CREATE FUNCTION public.handle_new_user() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();
		CREATE POLICY "own folder" ON storage.objects FOR SELECT TO authenticated USING (true);
		CREATE POLICY "hear" ON realtime.messages FOR SELECT TO authenticated USING (true);
		CREATE EXTENSION hstore SCHEMA extensions;
		CREATE FUNCTION extensions.mine() RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE ROLE worker; GRANT anon TO worker;
		ALTER ROLE worker SET statement_timeout = '1s';
		ALTER ROLE authenticator SET pgrst.db_max_rows = '7';
		ALTER PUBLICATION supabase_realtime ADD TABLE public.profiles;
		CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
		CREATE PUBLICATION mine FOR TABLE public.profiles;`)
	run(t, s.URL("postgres", platform.Superuser), `
		CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION public.watch();
		GRANT USAGE ON SCHEMA auth TO worker;
		CREATE TABLE auth.notes (id int PRIMARY KEY); ALTER TABLE auth.notes OWNER TO postgres; -- as one could until 2025
		CREATE TABLE realtime.messages_2026_07_01 PARTITION OF realtime.messages FOR VALUES FROM ('2026-07-01') TO ('2026-07-02')`)
	c := fidelity.Compare(here, read(t, s.URL("postgres", platform.Superuser)))
	if len(c.Differences) > 0 {
		t.Errorf("told as the platform's: %q", told(c))
	}
	want := []string{
		"event trigger mine",
		"extension hstore",
		"function extensions.mine()",
		"grant on schema auth to worker",
		"membership postgres in worker",
		"membership worker in anon",
		"policy realtime.messages.hear",
		"policy storage.objects.own folder",
		"publication mine",
		"role setting authenticator pgrst.db_max_rows",
		"role setting worker statement_timeout",
		"role worker",
		"table auth.notes",
		"trigger auth.users.on_auth_user_created",
	}
	if diff := cmp.Diff(want, c.Own); diff != "" {
		t.Error(diff)
	}
}
