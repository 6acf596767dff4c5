-- Create bucket
INSERT INTO storage.buckets (id, name, public, file_size_limit)
VALUES ('project-files', 'project-files', true, 1024)
ON CONFLICT (id) DO NOTHING;

-- RLS policies: the first folder in a file's path is its owner's id
DROP POLICY IF EXISTS "project-files_insert" ON storage.objects;
CREATE POLICY "project-files_insert" ON storage.objects FOR INSERT TO authenticated
WITH CHECK (
  bucket_id = 'project-files' AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);

DROP POLICY IF EXISTS "project-files_select" ON storage.objects;
CREATE POLICY "project-files_select" ON storage.objects FOR SELECT TO authenticated
USING (
  bucket_id = 'project-files' AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);

DROP POLICY IF EXISTS "project-files_delete" ON storage.objects;
CREATE POLICY "project-files_delete" ON storage.objects FOR DELETE TO authenticated
USING (
  bucket_id = 'project-files' AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);
