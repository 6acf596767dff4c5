--- A storage bucket in which every user has a folder of their own
--- platform supabase
--- set bucket word = images -- the bucket's id and name
--- set public bool = false -- whoever knows the address of a file may read it
--- set size_limit int = 10485760 -- the largest file, in bytes
-- Create bucket
INSERT INTO storage.buckets (id, name, public, file_size_limit)
VALUES ({{literal .bucket}}, {{literal .bucket}}, {{.public}}, {{.size_limit}})
ON CONFLICT (id) DO NOTHING;

-- RLS policies: the first folder in a file's path is its owner's id
DROP POLICY IF EXISTS {{label .bucket "_insert"}} ON storage.objects;
CREATE POLICY {{label .bucket "_insert"}} ON storage.objects FOR INSERT TO authenticated
WITH CHECK (
  bucket_id = {{literal .bucket}} AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);

DROP POLICY IF EXISTS {{label .bucket "_select"}} ON storage.objects;
CREATE POLICY {{label .bucket "_select"}} ON storage.objects FOR SELECT TO authenticated
USING (
  bucket_id = {{literal .bucket}} AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);

DROP POLICY IF EXISTS {{label .bucket "_delete"}} ON storage.objects;
CREATE POLICY {{label .bucket "_delete"}} ON storage.objects FOR DELETE TO authenticated
USING (
  bucket_id = {{literal .bucket}} AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);
