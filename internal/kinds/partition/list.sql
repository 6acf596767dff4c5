-- What ties a partition to its table.
SELECT 'pg_class'::regclass::oid, c.oid, 0, NULL::text, 'pg_class'::regclass::oid, c.oid, 0,
    jsonb_build_object(
        'of', jsonb_build_array(n.nspname, p.relname),
        'bound', pg_get_expr(c.relpartbound, c.oid),
        'detaching', CASE WHEN i.inhdetachpending THEN true END
    ),
    NULL::jsonb
FROM pg_class c
JOIN pg_inherits i ON i.inhrelid = c.oid
JOIN pg_class p ON p.oid = i.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND c.relispartition AND c.oid >= 16384
