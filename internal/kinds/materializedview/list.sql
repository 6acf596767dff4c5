-- Materialized views. Whether one is filled is not compared: REFRESH changes it, and no definition.
SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relname, 'pg_namespace'::regclass::oid, c.relnamespace, 0,
    jsonb_build_object(
        'definition', rtrim(pg_get_viewdef(c.oid), ';'),
        'columns', (
            SELECT jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod), nullif(a.attcollation, t.typcollation)::regcollation::text) ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ),
        'method', (SELECT a.amname FROM pg_am a WHERE a.oid = c.relam AND a.amname <> 'heap'),
        'tablespace', (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = c.reltablespace),
        'options', (
            SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))
            FROM (
                SELECT unnest(c.reloptions) UNION ALL
                SELECT 'toast.' || unnest(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid
            ) AS both_of_them (o)
        ),
        'depends', (SELECT jsonb_agg(e.extname ORDER BY e.extname)
            FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x')
    ),
    jsonb_build_object('empty', CASE WHEN NOT c.relispopulated THEN true END)
FROM pg_class c
WHERE c.relkind = 'm' AND c.oid >= 16384
