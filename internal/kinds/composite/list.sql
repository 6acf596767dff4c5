-- Types that are rows and belong to no table. Their attributes are a kind of its own.
SELECT 'pg_type'::regclass::oid, t.oid, 0, t.typname, 'pg_namespace'::regclass::oid, t.typnamespace, 0, '{}'::jsonb, NULL::jsonb
FROM pg_type t
JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typtype = 'c' AND c.relkind = 'c' AND t.oid >= 16384
