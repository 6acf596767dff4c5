SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relname, 'pg_namespace'::regclass::oid, c.relnamespace, 0,
    jsonb_build_object(
        'definition', rtrim(pg_get_viewdef(c.oid), ';'),
        'columns', (
            SELECT jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod), nullif(a.attcollation, t.typcollation)::regcollation::text) ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ),
        'options', (SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)) FROM unnest(c.reloptions) o)
    ),
    NULL::jsonb
FROM pg_class c
WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND c.oid >= 16384
