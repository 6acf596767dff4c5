-- Create bucket
INSERT INTO storage.buckets (id, name, public, file_size_limit)
VALUES ('images', 'images', false, 10485760)
ON CONFLICT (id) DO NOTHING;

-- RLS policies: the first folder in a file's path is its owner's id
DROP POLICY IF EXISTS "images_insert" ON storage.objects;
CREATE POLICY "images_insert" ON storage.objects FOR INSERT TO authenticated
WITH CHECK (
  bucket_id = 'images' AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);

DROP POLICY IF EXISTS "images_select" ON storage.objects;
CREATE POLICY "images_select" ON storage.objects FOR SELECT TO authenticated
USING (
  bucket_id = 'images' AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);

DROP POLICY IF EXISTS "images_delete" ON storage.objects;
CREATE POLICY "images_delete" ON storage.objects FOR DELETE TO authenticated
USING (
  bucket_id = 'images' AND
  (SELECT auth.uid())::text = (storage.foldername(name))[1]
);
