package platform_test

import "testing"

func testRealtime(t *testing.T, s *server) {
	d := s.migrating(t)
	d.is("SELECT realtime.topic()", "∅")
	d.run(`SELECT realtime.send('{"text": "hi"}', 'greeting', 'room:1', false)`)
	d.is("SELECT realtime.topic()", "room:1")
	d.is(`SELECT topic, event, extension, private, payload ->> 'text', payload ->> 'id' = id::text FROM realtime.messages`,
		"room:1|greeting|broadcast|f|hi|t")
	d.run("DELETE FROM realtime.messages; SELECT realtime.send_binary('\\x0102', 'bytes', 'room:1')")
	d.is("SELECT binary_payload, payload, private FROM realtime.messages", `\x0102|∅|t`)
	d.run("DELETE FROM realtime.messages")

	d.run(`
		CREATE TABLE notes (id int, body text);
		CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
		BEGIN
			PERFORM realtime.broadcast_changes('notes', TG_OP, TG_OP, TG_TABLE_NAME, TG_TABLE_SCHEMA, NEW, OLD);
			RETURN NULL;
		END $$;
		CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION tell();
		INSERT INTO notes VALUES (1, 'a'); UPDATE notes SET body = 'b'; DELETE FROM notes`)
	d.is(`SELECT event, payload ->> 'table', payload -> 'record' ->> 'body', payload -> 'old_record' ->> 'body'
		FROM realtime.messages ORDER BY event`, "DELETE|notes|∅|b", "INSERT|notes|a|∅", "UPDATE|notes|b|a")
	d.refused("P0001", "SELECT realtime.broadcast_changes('t', 'e', 'INSERT', 't', 's', NULL::notes, NULL::notes, 'STATEMENT')")

	// A policy decides who may read and send; a message that is not let through must not fail its caller.
	d.run(`CREATE POLICY "members read" ON realtime.messages FOR SELECT TO authenticated
		USING (realtime.topic() = 'notes' AND extension = 'broadcast')`)
	d.user(ann)
	d.run("SET LOCAL realtime.topic = 'notes'")
	d.is("SELECT count(*) FROM realtime.messages", "3")
	d.run(`SELECT realtime.send('{}', 'e', 'other')`)
	d.is("SELECT count(*) FROM realtime.messages", "3")
	d.run("SET LOCAL realtime.topic = 'elsewhere'")
	d.is("SELECT count(*) FROM realtime.messages", "0")
	d.as("anon", "")
	d.is("SELECT count(*) FROM realtime.messages", "0")
	d.refused("42501", "DELETE FROM realtime.messages")

	a := s.admin(t)
	a.run(`INSERT INTO realtime.subscription (subscription_id, entity, claims) VALUES (gen_random_uuid(), 'auth.users', '{"role": "anon"}')`)
	a.is("SELECT entity, claims_role, filters, action_filter FROM realtime.subscription", "users|anon|{}|*")
}

func testPublication(t *testing.T, s *server) {
	d := s.migrating(t)
	d.is("SELECT pubowner::regrole, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate FROM pg_publication",
		"postgres|f|t|t|t|t")
	d.run("CREATE TABLE rooms (id int PRIMARY KEY); ALTER TABLE rooms REPLICA IDENTITY FULL; ALTER PUBLICATION supabase_realtime ADD TABLE rooms")
	d.is("SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = 'supabase_realtime'", "public|rooms")
	d.run("ALTER PUBLICATION supabase_realtime DROP TABLE rooms; ALTER PUBLICATION supabase_realtime SET (publish = 'insert')")
}

func testVault(t *testing.T, s *server) {
	d := s.migrating(t)
	d.is("SELECT vault.create_secret('s3cret', 'stripe', 'for payments') IS NOT NULL", "t")
	d.is("SELECT name, description, decrypted_secret FROM vault.decrypted_secrets", "stripe|for payments|s3cret")
	d.refused("23505", "SELECT vault.create_secret('x', 'stripe')")
	d.run("SELECT vault.update_secret(id, 'n3w') FROM vault.secrets WHERE name = 'stripe'")
	d.is("SELECT name, description, decrypted_secret FROM vault.decrypted_secrets", "stripe|for payments|n3w")
	d.run(`CREATE FUNCTION public.key() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = '' AS
		$$ SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'stripe' $$`)
	d.as("service_role", "")
	d.is("SELECT vault.create_secret('other') IS NOT NULL", "t")
	d.is("SELECT count(*) FROM vault.decrypted_secrets", "2")
	for _, role := range []string{"anon", "authenticated"} {
		d.as(role, "")
		d.is("SELECT public.key()", "n3w")
		d.refused("42501", "SELECT FROM vault.decrypted_secrets")
		d.refused("42501", "SELECT vault.create_secret('x')")
	}
	d.owner()
	d.is("WITH gone AS (DELETE FROM vault.secrets RETURNING 1) SELECT count(*) FROM gone", "2")
}

// testWebhooks gives the webhook function a net schema of its own to call, since pg_net comes with its extension.
func testWebhooks(t *testing.T, s *server) {
	d := s.admin(t)
	d.run(`
		CREATE TABLE public.called (method text, url text, body jsonb, params jsonb, headers jsonb, patience int);
		GRANT ALL ON public.called TO supabase_functions_admin;
		CREATE SCHEMA net;
		GRANT USAGE ON SCHEMA net TO supabase_functions_admin;
		CREATE FUNCTION net.http_get(url text, params jsonb, headers jsonb, timeout_milliseconds int) RETURNS bigint
			LANGUAGE sql AS $$ INSERT INTO public.called VALUES ('GET', url, NULL, params, headers, timeout_milliseconds); SELECT 7::bigint $$;
		CREATE FUNCTION net.http_post(url text, body jsonb, params jsonb, headers jsonb, timeout_milliseconds int) RETURNS bigint
			LANGUAGE sql AS $$ INSERT INTO public.called VALUES ('POST', url, body, params, headers, timeout_milliseconds); SELECT 8::bigint $$;
		SET LOCAL ROLE postgres;
		CREATE TABLE public.orders (id int);
		CREATE TRIGGER posted AFTER INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION
			supabase_functions.http_request('http://127.0.0.1/hook', 'POST', '{"X-Key": "k"}', '{}', '5000');
		CREATE TRIGGER gotten AFTER DELETE ON public.orders FOR EACH ROW EXECUTE FUNCTION
			supabase_functions.http_request('http://127.0.0.1/hook', 'GET');
		INSERT INTO public.orders VALUES (1);
		DELETE FROM public.orders`)
	d.run("RESET ROLE")
	d.is("SELECT method, url, body -> 'record' ->> 'id', body ->> 'type', headers ->> 'X-Key', patience FROM public.called",
		"POST|http://127.0.0.1/hook|1|INSERT|k|5000", "GET|http://127.0.0.1/hook|∅|∅|∅|1000")
	d.is("SELECT hook_name, request_id, hook_table_id = 'public.orders'::regclass::int FROM supabase_functions.hooks ORDER BY id",
		"posted|8|t", "gotten|7|t")
	d.run("CREATE TRIGGER broken AFTER UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION supabase_functions.http_request('http://127.0.0.1', 'PUT')")
	d.run("INSERT INTO public.orders VALUES (2)")
	d.refused("P0001", "UPDATE public.orders SET id = 3")
}

func testGraphQL(t *testing.T, s *server) {
	d := s.migrating(t)
	d.as("anon", "")
	d.is(`SELECT graphql_public.graphql(query => '{ __typename }') -> 'errors' -> 0 ->> 'message'`, "pg_graphql extension is not enabled.")
}

func testPooler(t *testing.T, s *server) {
	d := db{T: t, conn: s.connect(t, "pgbouncer", "postgres")}.begun()
	d.is("SELECT username, password LIKE 'SCRAM-SHA-256$%' FROM pgbouncer.get_auth('postgres')", "postgres|t")
	d.is("SELECT count(*) FROM pgbouncer.get_auth('anon')", "0")
	d = s.migrating(t)
	d.refused("42501", "SELECT pgbouncer.get_auth('supabase_admin')")
}
