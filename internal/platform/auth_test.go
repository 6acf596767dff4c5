package platform_test

import "testing"

func testClaims(t *testing.T, s *server) {
	const id = "11111111-2222-4333-8444-555555555555"
	for _, c := range []struct {
		name     string
		settings map[string]string
		want     string // uid, role, email, jwt
	}{
		{"unset", nil, "∅|∅|∅|∅"},
		{"empty", map[string]string{"request.jwt.claims": "", "request.jwt.claim.sub": "", "request.jwt.claim": ""}, "∅|∅|∅|∅"},
		{
			"claims",
			map[string]string{"request.jwt.claims": `{"sub": "` + id + `", "role": "authenticated", "email": "a@b.c"}`},
			id + `|authenticated|a@b.c|{"sub": "` + id + `", "role": "authenticated", "email": "a@b.c"}`,
		},
		{"claims without a user", map[string]string{"request.jwt.claims": `{"role": "anon"}`}, `∅|anon|∅|{"role": "anon"}`},
		{
			"one setting for each claim",
			map[string]string{"request.jwt.claim.sub": id, "request.jwt.claim.role": "service_role", "request.jwt.claim.email": "a@b.c"},
			id + "|service_role|a@b.c|∅",
		},
		{
			"the older setting counts first",
			map[string]string{"request.jwt.claim.sub": id, "request.jwt.claims": `{"sub": "` + ann + `", "role": "anon"}`},
			id + `|anon|∅|{"sub": "` + ann + `", "role": "anon"}`,
		},
		{
			"an empty older setting does not count",
			map[string]string{"request.jwt.claim.sub": "", "request.jwt.claims": `{"sub": "` + id + `"}`},
			id + `|∅|∅|{"sub": "` + id + `"}`,
		},
		{
			"all claims in the older setting",
			map[string]string{"request.jwt.claim": `{"sub": "` + ann + `"}`, "request.jwt.claims": `{"sub": "` + id + `"}`},
			id + `|∅|∅|{"sub": "` + ann + `"}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := s.migrating(t)
			for name, value := range c.settings {
				if _, err := d.conn.Exec(t.Context(), "SELECT set_config($1, $2, true)", name, value); err != nil {
					t.Fatal(err)
				}
			}
			for _, role := range []string{"postgres", "anon", "authenticated", "service_role"} {
				d.run("SET LOCAL ROLE " + role)
				d.is("SELECT auth.uid(), auth.role(), auth.email(), auth.jwt()", c.want)
			}
		})
	}
	d := s.migrating(t)
	d.as("authenticated", `{"sub": "nobody"}`)
	d.refused("22P02", "SELECT auth.uid()")
	d.is(`SELECT proname, prorettype::regtype, provolatile, proowner::regrole FROM pg_proc
		WHERE pronamespace = 'auth'::regnamespace ORDER BY 1`,
		"email|text|s|supabase_auth_admin", "jwt|jsonb|s|supabase_auth_admin", "role|text|s|supabase_auth_admin",
		"uid|uuid|s|supabase_auth_admin")
}

// testSignUp makes a profile for each new user by a trigger, and loses it with the user.
func testSignUp(t *testing.T, s *server) {
	d := s.migrating(t)
	d.run(`
		CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE, name text);
		ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
		ALTER TABLE public.profiles FORCE ROW LEVEL SECURITY;
		CREATE FUNCTION public.handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
		BEGIN
			INSERT INTO public.profiles (id, name) VALUES (NEW.id, NEW.raw_user_meta_data ->> 'name');
			RETURN NEW;
		END $$;
		CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users
			FOR EACH ROW EXECUTE FUNCTION public.handle_new_user()`)
	d.signUp(ann, bob)
	d.is("SELECT id, name FROM public.profiles ORDER BY name", ann+"|a", bob+"|b")
	d.run("SET LOCAL ROLE supabase_auth_admin; DELETE FROM auth.users WHERE id = '" + bob + "'; RESET ROLE")
	d.is("SELECT name FROM public.profiles", "a")
}

// testOwnerPolicies checks the seeds' tables: owners see and change their rows and nobody else's.
func testOwnerPolicies(t *testing.T, s *server) {
	d := s.migrating(t)
	d.run(`
		CREATE TABLE IF NOT EXISTS projects (
			id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid REFERENCES auth.users (id) NOT NULL, name text NOT NULL
		);
		CREATE TABLE IF NOT EXISTS chats (
			id int PRIMARY KEY, project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE
		);
		ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
		ALTER TABLE projects FORCE ROW LEVEL SECURITY;
		ALTER TABLE chats ENABLE ROW LEVEL SECURITY;
		CREATE POLICY "Users can view own projects" ON projects FOR SELECT USING (auth.uid() = user_id);
		CREATE POLICY "Users can insert own projects" ON projects FOR INSERT WITH CHECK (auth.uid() = user_id);
		CREATE POLICY "Users can update own projects" ON projects FOR UPDATE
			USING (auth.uid() = user_id) WITH CHECK (auth.uid() = user_id);
		CREATE POLICY "Users can delete own projects" ON projects FOR DELETE USING (auth.uid() = user_id);
		CREATE POLICY "Users can view own chats" ON chats FOR SELECT USING (
			EXISTS (SELECT 1 FROM projects WHERE projects.id = project_id AND projects.user_id = auth.uid())
		)`)
	d.signUp(ann, bob)

	d.user(ann)
	d.run("INSERT INTO projects (user_id, name) VALUES (auth.uid(), 'first')")
	d.refused("42501", "INSERT INTO projects (user_id, name) VALUES ('"+bob+"', 'not mine')")
	d.is("UPDATE projects SET name = 'renamed' RETURNING name", "renamed")
	d.refused("42501", "UPDATE projects SET user_id = '"+bob+"'")
	d.as("service_role", `{"role": "service_role"}`)
	d.run("INSERT INTO chats SELECT 1, id FROM projects")
	d.is("SELECT count(*) FROM projects", "1")

	d.user(bob)
	d.is("SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM chats)", "0|0")
	d.is("UPDATE projects SET name = 'stolen' RETURNING name")
	d.is("DELETE FROM projects RETURNING name")
	d.as("anon", `{"role": "anon"}`)
	d.is("SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM chats)", "0|0")
	d.refused("42501", "INSERT INTO projects (user_id, name) VALUES ('"+ann+"', 'forged')")

	d.user(ann)
	d.is("SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM chats)", "1|1")
	d.is("DELETE FROM projects RETURNING name", "renamed")
	d.owner()
	d.is("SELECT (SELECT count(*) FROM projects), (SELECT count(*) FROM chats)", "0|0")
}

// testServiceRoleOnly is the seeds' pool of API keys.
func testServiceRoleOnly(t *testing.T, s *server) {
	d := s.migrating(t)
	d.run(`
		CREATE TABLE public.api_key_pool (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), api_key text NOT NULL UNIQUE);
		ALTER TABLE public.api_key_pool ENABLE ROW LEVEL SECURITY;
		CREATE POLICY "Service role only" ON public.api_key_pool FOR ALL TO service_role USING (true) WITH CHECK (true);
		INSERT INTO public.api_key_pool (api_key) VALUES ('k')`)
	d.user(ann)
	d.is("SELECT count(*) FROM api_key_pool", "0")
	d.refused("42501", "INSERT INTO api_key_pool (api_key) VALUES ('x')")
	d.as("anon", "")
	d.is("SELECT count(*) FROM api_key_pool", "0")
	d.as("service_role", "")
	d.is("UPDATE api_key_pool SET api_key = 'n' RETURNING api_key", "n")
}

func testAuthTables(t *testing.T, s *server) {
	d := s.migrating(t)
	for _, role := range []string{"anon", "authenticated", "service_role"} {
		d.as(role, "")
		d.refused("42501", "SELECT FROM auth.users")
		d.refused("42501", "SELECT FROM auth.identities")
	}
	d.owner()
	d.signUp(ann)
	d.refused("23505", "INSERT INTO auth.users (id, email) VALUES ('"+bob+"', 'a@example.org')")
	d.run("INSERT INTO auth.users (id, email, is_sso_user) VALUES ('" + bob + "', 'a@example.org', true)")
	d.run(`INSERT INTO auth.identities (provider_id, user_id, identity_data, provider)
		VALUES ('` + ann + `', '` + ann + `', '{"email": "Ann@Example.org"}', 'email')`)
	d.is("SELECT email FROM auth.identities", "ann@example.org")
	d.run(`INSERT INTO auth.sessions (id, user_id, aal) VALUES ('` + ann + `', '` + ann + `', 'aal1');
		INSERT INTO auth.refresh_tokens (token, session_id) VALUES ('t', '` + ann + `');
		DELETE FROM auth.users WHERE id = '` + ann + `'`)
	d.is("SELECT (SELECT count(*) FROM auth.sessions) + (SELECT count(*) FROM auth.refresh_tokens)", "0")
	d.is(`SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
		WHERE relnamespace = 'auth'::regnamespace AND relkind = 'r' AND NOT relrowsecurity`,
		"custom_oauth_providers oauth_authorizations oauth_client_states oauth_clients oauth_consents "+
			"webauthn_challenges webauthn_credentials")
	d.is("SELECT count(*) FROM pg_policy", "0")
}
