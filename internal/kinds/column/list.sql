-- The columns of tables. Defaults and identities are kinds of their own; a generated column's expression is its own.
SELECT 'pg_class'::regclass::oid, c.oid, a.attnum, a.attname, 'pg_class'::regclass::oid, c.oid, 0,
    json_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
        'not_null', CASE WHEN a.attnotnull THEN true END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'virtual', CASE WHEN a.attgenerated = 'v' THEN true END,
        'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END,
        'compression', nullif(a.attcompression, ''),
        'statistics', CASE WHEN a.attstattarget <> -1 THEN a.attstattarget END,
        'options', CASE WHEN a.attoptions IS NOT NULL THEN (SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)) FROM unnest(a.attoptions) o) END
    ),
    json_build_object('position', a.attnum, 'type_storage', t.typstorage, 'inherited', CASE WHEN NOT a.attislocal THEN true END,
        'from_parent', CASE WHEN a.attinhcount > 0 THEN true END,
        'partition_key', CASE WHEN c.relkind = 'p' AND EXISTS ( -- Postgres notes it so (StorePartitionKey)
            SELECT FROM pg_depend k
            WHERE k.classid = 'pg_class'::regclass AND k.objid = c.oid AND k.objsubid = a.attnum
                AND k.refclassid = 'pg_class'::regclass AND k.refobjid = c.oid AND k.refobjsubid = 0 AND k.deptype = 'i'
        ) THEN true END)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON a.attgenerated <> '' AND d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
