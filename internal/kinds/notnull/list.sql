-- NOT NULL constraints of 18 that have a comment.
SELECT 'pg_constraint'::regclass::oid, k.oid, 0, k.conname, 'pg_class'::regclass::oid, k.conrelid, k.conkey[1], '{}'::jsonb, NULL::jsonb
FROM pg_constraint k
WHERE k.contype = 'n' AND k.conrelid <> 0 AND k.oid >= 16384
  AND EXISTS (SELECT FROM pg_description d WHERE d.classoid = 'pg_constraint'::regclass AND d.objoid = k.oid)
