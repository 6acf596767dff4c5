-- What attaches a partition's index, or the constraint that stands before it, to that of its table.
SELECT CASE WHEN k.oid IS NULL THEN 'pg_class'::regclass ELSE 'pg_constraint'::regclass END::oid, coalesce(k.oid, c.oid), 0, NULL::text,
    CASE WHEN k.oid IS NULL THEN 'pg_class'::regclass ELSE 'pg_constraint'::regclass END::oid, coalesce(k.oid, c.oid), 0,
    jsonb_build_object('to', jsonb_build_array(n.nspname, t.relname, p.relname)),
    jsonb_build_object(
        'index', jsonb_build_array(m.nspname, c.relname),
        'kind', CASE WHEN EXISTS (
            SELECT FROM pg_constraint q WHERE q.conindid = p.oid AND q.contype IN ('p', 'u', 'x') AND q.conrelid = t.oid
        ) THEN 'constraint' ELSE 'index' END)
FROM pg_class c
JOIN pg_inherits i ON i.inhrelid = c.oid
JOIN pg_class p ON p.oid = i.inhparent
JOIN pg_index x ON x.indexrelid = p.oid
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_namespace m ON m.oid = c.relnamespace
JOIN pg_index y ON y.indexrelid = c.oid
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = y.indrelid
WHERE c.relkind IN ('i', 'I') AND c.relispartition AND c.oid >= 16384
