-- Buckets of Supabase's storage; what is in them is data. Not every version of it has every column.
SELECT 'storage.buckets'::regclass::oid, 0, 0, b.id, 0, 0, 0,
    jsonb_build_object(
        'name', nullif(b.name, b.id),
        'public', CASE WHEN b.public THEN true END,
        'avif_autodetection', CASE WHEN to_jsonb(b) ->> 'avif_autodetection' = 'true' THEN true END,
        'file_size_limit', (to_jsonb(b) ->> 'file_size_limit')::bigint,
        'allowed_mime_types', nullif(to_jsonb(b) -> 'allowed_mime_types', 'null'),
        'type', nullif(to_jsonb(b) ->> 'type', 'STANDARD')
    ),
    NULL::jsonb
FROM storage.buckets b
