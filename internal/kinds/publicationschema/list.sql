-- The schemas all tables of which publications publish.
SELECT 'pg_publication_namespace'::regclass::oid, p.oid, 0, n.nspname, 'pg_publication'::regclass::oid, p.pnpubid, 0,
    '{}'::jsonb, NULL::jsonb
FROM pg_publication_namespace p
JOIN pg_namespace n ON n.oid = p.pnnspid
WHERE p.oid >= 16384
