package platform_test

import "testing"

func testObjectNames(t *testing.T, s *server) {
	d := s.migrating(t)
	for _, c := range []struct{ name, folders, file, extension string }{
		{"a.png", "{}", "a.png", "png"},
		{"u/a.png", "{u}", "a.png", "png"},
		{"u/v/a.tar.gz", "{u,v}", "a.tar.gz", "gz"},
		{"u/v/readme", "{u,v}", "readme", "readme"},
		{"u.x/readme", "{u.x}", "readme", "readme"},
		{"u/", "{u}", "", ""},
		{"/a", `{""}`, "a", "a"},
		{"u//a.b", `{u,""}`, "a.b", "b"},
		{"", "{}", "", ""},
		{".env", "{}", ".env", "env"},
	} {
		d.is("SELECT storage.foldername('"+c.name+"'), storage.filename('"+c.name+"'), storage.extension('"+c.name+"')",
			c.folders+"|"+c.file+"|"+c.extension)
	}
	d.is("SELECT storage.foldername(NULL), storage.filename(NULL), storage.extension(NULL)", "∅|∅|∅")
	d.is("SELECT (storage.foldername('"+ann+"/a.png'))[1]", ann)
	d.is("SELECT (storage.foldername('a.png'))[1]", "∅")
	d.is(`SELECT string_agg(proname || ' ' || provolatile::text, ', ' ORDER BY proname) FROM pg_proc
		WHERE oid::regproc::text IN ('storage.foldername', 'storage.filename', 'storage.extension')`,
		"extension i, filename i, foldername i")
}

// testFolderPolicies is the seeds' bucket: users read and write below the folder that has their id.
func testFolderPolicies(t *testing.T, s *server) {
	d := s.migrating(t)
	d.run(`
		INSERT INTO storage.buckets (id, name, public, file_size_limit)
			VALUES ('images', 'images', false, 20971520) ON CONFLICT (id) DO NOTHING;
		CREATE POLICY "images_insert" ON storage.objects FOR INSERT TO authenticated
			WITH CHECK (bucket_id = 'images' AND auth.uid()::text = (storage.foldername(name))[1]);
		CREATE POLICY "images_select" ON storage.objects FOR SELECT
			USING (bucket_id = 'images' AND auth.uid()::text = (storage.foldername(name))[1]);
		CREATE POLICY "images_delete" ON storage.objects FOR DELETE
			USING (bucket_id = 'images' AND auth.uid()::text = (storage.foldername(name))[1])`)
	d.user(ann)
	d.run("INSERT INTO storage.objects (bucket_id, name, owner_id) VALUES ('images', '" + ann + "/cat.png', '" + ann + "')")
	d.refused("42501", "INSERT INTO storage.objects (bucket_id, name) VALUES ('images', '"+bob+"/cat.png')")
	d.refused("42501", "INSERT INTO storage.objects (bucket_id, name) VALUES ('images', 'cat.png')")
	d.refused("23505", "INSERT INTO storage.objects (bucket_id, name) VALUES ('images', '"+ann+"/cat.png')")
	d.is("SELECT path_tokens FROM storage.objects", "{"+ann+",cat.png}")
	d.refused("PT200", "SELECT storage.can_insert_object('images', '"+ann+"/dog.png', NULL, '{}')")
	d.refused("42501", "SELECT storage.can_insert_object('images', '"+bob+"/dog.png', NULL, '{}')")
	d.is("SELECT count(*) FROM storage.objects", "1")

	d.user(bob)
	d.is("SELECT count(*) FROM storage.objects", "0")
	d.is("SELECT count(*) FROM storage.buckets", "0")
	d.as("anon", `{"role": "anon"}`)
	d.is("SELECT count(*) FROM storage.objects", "0")
	d.refused("42501", "INSERT INTO storage.objects (bucket_id, name) VALUES ('images', '"+ann+"/cat.jpg')")
	d.as("service_role", "")
	d.is("SELECT count(*) FROM storage.objects", "1")
}

func testStorageTriggers(t *testing.T, s *server) {
	d := s.migrating(t)
	d.refused("P0001", "INSERT INTO storage.buckets (id, name) VALUES ('long', repeat('x', 101))")
	d.run(`INSERT INTO storage.buckets (id, name) VALUES ('b', repeat('x', 100));
		INSERT INTO storage.objects (bucket_id, name, updated_at) VALUES ('b', 'o', '2020-01-01');
		UPDATE storage.objects SET metadata = '{"size": 7}'`)
	d.is("SELECT updated_at = now() FROM storage.objects", "t")
	d.is("SELECT * FROM storage.get_size_by_bucket()", "7|b")
	d.refused("23503", "INSERT INTO storage.objects (bucket_id, name) VALUES ('none', 'o')")

	// Migrations delete; the API may not, except through the storage service.
	d.run("SET LOCAL storage.allow_delete_query = ''")
	d.refused("42501", "DELETE FROM storage.objects")
	d.refused("42501", "DELETE FROM storage.buckets")
	d.run("SET LOCAL storage.allow_delete_query = 'true'; DELETE FROM storage.objects; DELETE FROM storage.buckets")
	d.is("SELECT count(*) FROM storage.buckets", "0")
}

// objects fills a bucket with names, each a minute newer than the one before.
func (d db) objects(names ...string) {
	d.Helper()
	d.run("INSERT INTO storage.buckets (id, name) VALUES ('b', 'b')")
	for i, name := range names {
		if _, err := d.conn.Exec(d.Context(), `INSERT INTO storage.objects (bucket_id, name, created_at, updated_at)
			VALUES ('b', $1, timestamptz '2026-01-01' + $2 * interval '1 minute', timestamptz '2026-01-01' + $2 * interval '1 minute')`,
			name, i); err != nil {
			d.Fatal(err)
		}
	}
}

func testSearch(t *testing.T, s *server) {
	d := s.migrating(t)
	d.objects("z.txt", "docs/b.txt", "docs/a.txt", "docs/deep/c.txt", "Docs2/x", "m_.txt", "mx.txt")

	const search = "SELECT name, id IS NULL FROM storage.search"
	d.is(search+"('', 'b')", "Docs2|t", "docs|t", "m_.txt|f", "mx.txt|f", "z.txt|f")
	d.is(search+"('', 'b', sortorder => 'desc')", "docs|t", "Docs2|t", "z.txt|f", "mx.txt|f", "m_.txt|f")
	d.is(search+"('docs/', 'b', levels => 2)", "deep|t", "a.txt|f", "b.txt|f")
	d.is(search+"('docs/', 'b', 100, 2, 0, 'A')", "a.txt|f")
	d.is(search+"('', 'b', search => 'm_')", "m_.txt|f")
	d.is(search+"('', 'b', limits => 2, offsets => 1)", "docs|t", "m_.txt|f")
	d.is(search+"('docs/', 'b', levels => 2, sortcolumn => 'created_at')", "deep|t", "b.txt|f", "a.txt|f")
	d.is(search+"('docs/', 'b', levels => 2, sortcolumn => 'created_at', sortorder => 'desc')", "deep|t", "a.txt|f", "b.txt|f")
	d.is(search + "('', 'other')")

	const page = "SELECT key, name, id IS NULL FROM storage.search_v2"
	d.is(page+"('', 'b', limits => 3)", "Docs2|Docs2/|t", "docs|docs/|t", "m_.txt|m_.txt|f")
	d.is(page+"('', 'b', limits => 3, start_after => 'm_.txt')", "mx.txt|mx.txt|f", "z.txt|z.txt|f")
	d.is(page+"('docs/', 'b', levels => 2)", "a.txt|docs/a.txt|f", "b.txt|docs/b.txt|f", "deep|docs/deep/|t")
	d.is(page+"('', 'b', sort_order => 'desc', start_after => 'm_.txt')", "docs|docs/|t", "Docs2|Docs2/|t")
	d.is(page+"('docs/', 'b', levels => 2, sort_column => 'created_at')",
		"b.txt|docs/b.txt|f", "a.txt|docs/a.txt|f", "deep|docs/deep/|t")
	d.is("SELECT name FROM storage.search_by_timestamp('docs/', 'b', 5, 2, 'docs/b.txt', 'asc', 'created_at',"+
		" (SELECT created_at::text FROM storage.objects WHERE name = 'docs/b.txt'))", "docs/a.txt", "docs/deep/")
	d.is("SELECT name FROM storage.search_by_timestamp('docs/', 'b', 5, 2, 'docs/a.txt', 'desc', 'created_at',"+
		" (SELECT created_at::text FROM storage.objects WHERE name = 'docs/a.txt'))", "docs/b.txt")
}

func testListByDelimiter(t *testing.T, s *server) {
	d := s.migrating(t)
	d.is(`SELECT storage.get_common_prefix('a/b/c', '', '/'), storage.get_common_prefix('a/b/c', 'a/', '/'),
		storage.get_common_prefix('a/b/c', 'a/b/', '/'), storage.get_common_prefix('a--b', '', '--')`, "a/|a/b/|∅|a--")
	d.objects("a.txt", "docs/a.txt", "docs/b/c.txt", "docs/z.txt", "e.txt")

	const list = "SELECT name, id IS NULL FROM storage.list_objects_with_delimiter"
	d.is(list+"('b', '', '/')", "a.txt|f", "docs/|t", "e.txt|f")
	d.is(list+"('b', 'docs/', '/')", "docs/a.txt|f", "docs/b/|t", "docs/z.txt|f")
	d.is(list+"('b', '', '')", "a.txt|f", "docs/a.txt|f", "docs/b/c.txt|f", "docs/z.txt|f", "e.txt|f")
	d.is(list+"('b', '', '/', 2)", "a.txt|f", "docs/|t")
	d.is(list+"('b', '', '/', 2, next_token => 'docs/')", "e.txt|f")
	d.is(list+"('b', '', '/', start_after => 'docs/b')", "docs/|t", "e.txt|f")
	d.is(list+"('b', '', '/', sort_order => 'desc', next_token => 'e.txt')", "docs/|t", "a.txt|f")

	d.run(`INSERT INTO storage.s3_multipart_uploads (id, upload_signature, bucket_id, key, version, created_at) VALUES
		('u1', '', 'b', 'k', '', '2026-01-01'), ('u2', '', 'b', 'k', '', '2026-01-02'), ('u3', '', 'b', 'd/x', '', '2026-01-03')`)
	const uploads = "SELECT key, id FROM storage.list_multipart_uploads_with_delimiter"
	d.is(uploads+"('b', '', '/')", "d/|∅", "k|u1", "k|u2")
	d.is(uploads+"('b', '', '/', 2, 'k', 'u1')", "k|u2")
	d.is(uploads+"('b', '', '/', 2, 'd/')", "k|u1", "k|u2")
}

func testOperations(t *testing.T, s *server) {
	d := s.migrating(t)
	const ask = "SELECT storage.operation(), storage.allow_only_operation('object.list'), storage.allow_any_operation('{object.get,storage.object.list}')"
	d.is(ask, "∅|f|f")
	d.run("SET LOCAL storage.operation = 'storage.object.list'")
	d.is(ask, "storage.object.list|t|t")
	d.run("SET LOCAL storage.operation = 'storage.object.upload'")
	d.is(ask, "storage.object.upload|f|f")
}
