-- Tables, partitioned ones among them. Which index is the replica identity and which one orders the rows is said of the
-- index; what a partition is of and what a table inherits has kinds of its own.
SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relname, 'pg_namespace'::regclass::oid, c.relnamespace, 0,
    json_build_object(
        'unlogged', CASE WHEN c.relpersistence = 'u' THEN true END,
        'partition_by', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
        'of', CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END,
        'method', CASE WHEN c.relam NOT IN (0, 2) THEN (SELECT a.amname FROM pg_am a WHERE a.oid = c.relam) END, -- 2 is heap
        'tablespace', CASE WHEN c.reltablespace <> 0 THEN (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace) END,
        'rls', CASE WHEN c.relrowsecurity THEN true END,
        'force_rls', CASE WHEN c.relforcerowsecurity THEN true END,
        'replica_identity', CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' END,
        'options', (
            SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))
            FROM (
                SELECT unnest(c.reloptions) UNION ALL
                SELECT 'toast.' || unnest(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid
            ) AS both_of_them (o)
        )
    ),
    NULL::json
FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= 16384
