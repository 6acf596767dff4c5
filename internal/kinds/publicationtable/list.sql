-- The tables that publications name. Which columns: by name, in the table's order. 14 has no prqual: there the name
-- is that of the row at the end.
SELECT 'pg_publication_rel'::regclass::oid, r.oid, 0, format('%I.%I', n.nspname, c.relname), 'pg_publication'::regclass::oid, r.prpubid, 0,
    jsonb_build_object(
        'where', (SELECT pg_get_expr(prqual, prrelid) FROM (SELECT r.*) AS one),
        'columns', (
            SELECT jsonb_agg(a.attname ORDER BY a.attnum)
            FROM pg_attribute a
            WHERE a.attrelid = r.prrelid AND to_jsonb(r) -> 'prattrs' @> to_jsonb(a.attnum))
    ),
    jsonb_build_object('table', jsonb_build_array(n.nspname, c.relname))
FROM pg_publication_rel r
JOIN pg_class c ON c.oid = r.prrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN (SELECT NULL::pg_node_tree AS prqual) AS none
WHERE r.oid >= 16384
