-- Indexes, without those that stand behind a constraint.
SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relname, 'pg_class'::regclass::oid, x.indrelid, 0,
    json_build_object(
        'definition', CASE
            WHEN c.reloptions IS NULL THEN pg_get_indexdef(c.oid)
            ELSE regexp_replace(pg_get_indexdef(c.oid), ' WITH \([^()]*\)', '')
        END,
        'options', CASE WHEN c.reloptions IS NOT NULL THEN (
            SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)) FROM unnest(c.reloptions) o) END,
        'tablespace', CASE WHEN c.reltablespace <> 0 THEN (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace) END,
        'invalid', CASE WHEN NOT x.indisvalid THEN true END,
        'replica_identity', CASE WHEN x.indisreplident THEN true END,
        'cluster', CASE WHEN x.indisclustered THEN true END,
        'statistics', CASE WHEN x.indexprs IS NOT NULL THEN (
            SELECT jsonb_object_agg(a.attnum, a.attstattarget)
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget <> -1
        ) END
    ),
    json_build_object('unique', x.indisunique, 'partitioned', c.relkind = 'I', 'inherited', CASE WHEN c.relispartition THEN true END,
        'usual', CASE WHEN c.relispartition AND c.relname = (
            SELECT t.relname || '_' || string_agg(a.attname, '_' ORDER BY a.attnum) || '_idx'
            FROM pg_class t, pg_attribute a WHERE t.oid = x.indrelid AND a.attrelid = c.oid
            GROUP BY t.relname
        ) THEN true END)
FROM pg_index x
JOIN pg_class c ON c.oid = x.indexrelid
WHERE c.relpersistence <> 't' AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = x.indrelid)
