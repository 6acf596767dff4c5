-- The columns of views and materialized views. What they are called and of which types they are is said of the view.
SELECT 'pg_class'::regclass::oid, c.oid, a.attnum, a.attname, 'pg_class'::regclass::oid, c.oid, 0,
    CASE WHEN c.relkind = 'v' THEN '{}' ELSE jsonb_build_object(
        'storage', nullif(a.attstorage, t.typstorage),
        'compression', nullif(a.attcompression, ''),
        'statistics', nullif(nullif(to_jsonb(a.attstattarget), 'null'), '-1'),
        'options', (SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)) FROM unnest(a.attoptions) o)
    ) END,
    jsonb_build_object('position', a.attnum, 'type_storage', t.typstorage)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
