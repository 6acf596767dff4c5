-- Enumerated types. Only the order of the values is compared; enumsortorder itself depends on how they came.
SELECT 'pg_type'::regclass::oid, t.oid, 0, t.typname, 'pg_namespace'::regclass::oid, t.typnamespace, 0,
    json_build_object('values', coalesce(v.list, '[]')), NULL::jsonb
FROM pg_type t
LEFT JOIN (
    SELECT e.enumtypid, jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) AS list FROM pg_enum e GROUP BY 1
) v ON v.enumtypid = t.oid
WHERE t.typtype = 'e' AND t.oid >= 16384
