-- What a table inherits, a row for each parent.
SELECT 'pg_class'::regclass::oid, c.oid, 0, format('%I.%I', n.nspname, p.relname), 'pg_class'::regclass::oid, c.oid, 0,
    jsonb_build_object('position', row_number() OVER (PARTITION BY c.oid ORDER BY i.inhseqno)),
    jsonb_build_object(
        'position', i.inhseqno, 'kind', CASE p.relkind WHEN 'f' THEN 'foreign_table' ELSE 'table' END,
        'parent', jsonb_build_array(n.nspname, p.relname))
FROM pg_class c
JOIN pg_inherits i ON i.inhrelid = c.oid
JOIN pg_class p ON p.oid = i.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE c.relkind IN ('r', 'f') AND NOT c.relispartition AND c.relpersistence <> 't' AND c.oid >= 16384
