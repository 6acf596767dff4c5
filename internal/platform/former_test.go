package platform_test

import "testing"

// testFormer runs what files pulled from projects of earlier years hold: triggers and grants on what storage and pgaudit
// had then, and names of owners.
func testFormer(t *testing.T, s *server) {
	d := s.migrating(t)
	d.run(`
		DROP EXTENSION IF EXISTS "pg_net";
		CREATE TRIGGER objects_delete_delete_prefix AFTER DELETE ON storage.objects
			FOR EACH ROW EXECUTE FUNCTION storage.delete_prefix_hierarchy_trigger();
		CREATE TRIGGER objects_insert_create_prefix BEFORE INSERT ON storage.objects
			FOR EACH ROW EXECUTE FUNCTION storage.objects_insert_prefix_trigger();
		CREATE TRIGGER objects_update_create_prefix BEFORE UPDATE ON storage.objects
			FOR EACH ROW WHEN (new.name <> old.name OR new.bucket_id <> old.bucket_id)
			EXECUTE FUNCTION storage.objects_update_prefix_trigger();
		CREATE TRIGGER prefixes_create_hierarchy BEFORE INSERT ON storage.prefixes
			FOR EACH ROW WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION storage.prefixes_insert_trigger();
		CREATE TRIGGER prefixes_delete_hierarchy AFTER DELETE ON storage.prefixes
			FOR EACH ROW EXECUTE FUNCTION storage.delete_prefix_hierarchy_trigger();
		CREATE TRIGGER objects_update_level BEFORE UPDATE ON storage.objects
			FOR EACH ROW EXECUTE FUNCTION storage.objects_update_level_trigger();
		CREATE TRIGGER objects_deleted AFTER DELETE ON storage.objects
			FOR EACH ROW EXECUTE FUNCTION storage.objects_delete_cleanup();
		CREATE TRIGGER objects_updated AFTER UPDATE ON storage.objects
			FOR EACH ROW EXECUTE FUNCTION storage.objects_update_cleanup();
		CREATE TRIGGER prefixes_deleted AFTER DELETE ON storage.prefixes
			FOR EACH ROW EXECUTE FUNCTION storage.prefixes_delete_cleanup();
		INSERT INTO storage.buckets (id, name) VALUES ('b', 'b'), ('c', 'c');
		INSERT INTO storage.prefixes (bucket_id, name) VALUES ('b', 'x/y')`)
	d.is("SELECT name, level FROM storage.prefixes", "x/y|2")
	d.run("CREATE POLICY anyone ON storage.objects USING (true)")
	d.user(ann)
	d.run(`INSERT INTO storage.objects (bucket_id, name) VALUES ('b', 'x/y/z.png');
		UPDATE storage.objects SET name = 'x/z.png', bucket_id = 'c'`)
	d.is("SELECT bucket_id, name FROM storage.objects", "c|x/z.png")
	d.owner()
	d.run("DELETE FROM storage.objects; DELETE FROM storage.prefixes; DELETE FROM storage.buckets")
	d.is("SELECT (SELECT count(*) FROM storage.objects), (SELECT count(*) FROM storage.prefixes)", "0|0")

	d.is(`SELECT storage.get_level('a/b/c.png'), storage.get_prefix('a/b/c.png'), storage.get_prefixes('a/b/c.png')`,
		"3|a/b|{a,a/b}")
	d.is(`SELECT storage.get_level('c.png'), storage.get_prefix('c.png'), storage.get_prefixes('c.png')`, "1||{}")
	d.is(`SELECT storage.delete_prefix('b', 'x'), storage.add_prefixes('b', 'x'), storage.lock_top_prefixes('{b}', '{x}'),
		storage.delete_leaf_prefixes('{b}', '{x}')`, "f|∅|∅|∅")
	d.objects("docs/deep/c.txt", "docs/a.txt")
	for _, search := range []string{"search_legacy_v1", "search_v1_optimised"} {
		d.is("SELECT name FROM storage."+search+"('docs/', 'b', levels => 2)", "deep", "a.txt")
	}

	for _, sql := range []string{
		`CREATE PUBLICATION "supabase_realtime_messages_publication" WITH (publish = 'insert, update, delete, truncate')`,
		`ALTER FUNCTION storage.objects_insert_prefix_trigger() OWNER TO supabase_storage_admin`,
		`ALTER FUNCTION "extensions"."pgaudit_ddl_command_end"() OWNER TO "supabase_admin"`,
		`GRANT ALL ON FUNCTION extensions.pgaudit_sql_drop() TO dashboard_user`,
		`GRANT ALL ON FUNCTION vault._crypto_aead_det_decrypt(message bytea, additional bytea, key_id bigint, context bytea,
			nonce bytea) TO service_role`,
		`REVOKE DELETE ON TABLE "storage"."prefixes" FROM "anon"; DROP TABLE storage.prefixes CASCADE`,
		`ALTER FUNCTION graphql_public.graphql(text, text, jsonb, jsonb) OWNER TO supabase_admin`,
		`ALTER FUNCTION realtime.apply_rls(jsonb, integer) OWNER TO supabase_admin`,
	} {
		d.accepted(sql)
	}
}

// testChanges asks the functions that say who hears of a changed row.
func testChanges(t *testing.T, s *server) {
	d := s.admin(t)
	d.is(`SELECT realtime."cast"('7', 'int'), realtime."cast"('{a}', 'text[]'), realtime."cast"(NULL, 'text')`, `7|["a"]|∅`)
	for _, c := range []struct{ op, one, other, want string }{
		{"eq", "7", "7", "t"},
		{"neq", "7", "7", "f"},
		{"lt", "9", "10", "t"},
		{"lte", "10", "10", "t"},
		{"gt", "9", "10", "f"},
		{"gte", "10", "10", "t"},
		{"in", "7", "{6,7}", "t"},
		{"in", "7", "{}", "f"},
	} {
		d.is("SELECT realtime.check_equality_op('"+c.op+"', 'int', '"+c.one+"', '"+c.other+"')", c.want)
	}
	const columns = `ARRAY[('id', 'int4', 23, '7', true, true), ('name', 'text', 25, '"it''s"', false, true)]::realtime.wal_column[]`
	for filters, want := range map[string]string{
		"":                                        "t",
		"('id', 'gt', '5')":                       "t",
		"('id', 'lt', '5')":                       "f",
		"('id', 'in', '{7}')":                     "t",
		"('name', 'eq', 'it''s')":                 "t",
		"('name', 'in', '{a,it''s}')":             "t",
		"('elsewhere', 'eq', 'x')":                "f",
		"('id', 'gt', '5'), ('name', 'eq', 'x')":  "f",
		"('id', 'eq', '007'), ('id', 'lte', '7')": "t",
	} {
		d.is("SELECT realtime.is_visible_through_filters("+columns+", ARRAY["+filters+"]::realtime.user_defined_filter[])", want)
	}
	d.is("SELECT realtime.build_prepared_statement_sql('seen', 'auth.users', "+columns+")",
		"PREPARE seen AS SELECT EXISTS (SELECT FROM users WHERE id = '7')")
	d.is("SELECT realtime.build_prepared_statement_sql('seen', 'auth.users', '{}')", "∅")
	d.run(`CREATE SCHEMA "a.b"; CREATE TABLE "a.b"."it's, so" (id int)`)
	d.is(`SELECT realtime.quote_wal2json('"a.b"."it''s, so"')`, `a\.b.it\'s\,\ so`)

	d.run(`CREATE TABLE public.rooms (id int, secret text); REVOKE ALL ON public.rooms FROM anon; GRANT SELECT (id) ON public.rooms TO anon`)
	with := func(filters string) string {
		return `INSERT INTO realtime.subscription (subscription_id, entity, claims, filters) VALUES
			(gen_random_uuid(), 'public.rooms', '{"role": "anon"}', ARRAY[` + filters + `]::realtime.user_defined_filter[])`
	}
	d.run(with("('id', 'lt', '9'), ('id', 'gt', '1')"))
	d.is("SELECT filters FROM realtime.subscription", `{"(id,lt,9)","(id,gt,1)"}`)
	d.refused("P0001", with("('secret', 'eq', 'x')"))
	d.refused("P0001", with("('nowhere', 'eq', 'x')"))
	d.refused("22P02", with("('id', 'eq', 'x')"))
	d.refused("22P02", with("('id', 'in', '{1,x}')"))
	d.refused("0A000", "SELECT realtime.apply_rls('{}')")
	d.refused("0A000", "SELECT realtime.list_changes('p', 's', 1, 1)")
}
