-- Domains. What they check is a kind of its own, but for NOT NULL, which has a name of its own since 17.
SELECT 'pg_type'::regclass::oid, t.oid, 0, t.typname, 'pg_namespace'::regclass::oid, t.typnamespace, 0,
    json_build_object(
        'type', format_type(t.typbasetype, t.typtypmod),
        'collation', CASE WHEN t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END,
        'default', pg_get_expr(t.typdefaultbin, 'pg_type'::regclass),
        'not_null', CASE WHEN t.typnotnull THEN coalesce(nullif(n.conname, t.typname || '_not_null'), '') END
    ),
    NULL::jsonb
FROM pg_type t
JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_constraint n ON t.typnotnull AND n.contypid = t.oid AND n.contype = 'n'
WHERE t.typtype = 'd' AND t.oid >= 16384
