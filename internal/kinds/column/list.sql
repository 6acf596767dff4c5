-- The columns of tables. Defaults and identities are kinds of their own; a generated column's expression is its own.
-- NOT NULL is a constraint with a name since 18; the name of one that is only inherited is whatever it came to be.
SELECT 'pg_class'::regclass::oid, c.oid, a.attnum, a.attname, 'pg_class'::regclass::oid, c.oid, 0,
    json_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
        'not_null', CASE WHEN a.attnotnull THEN true END,
        'not_null_name', CASE WHEN k.conislocal THEN nullif(k.conname, c.relname || '_' || a.attname || '_not_null') END,
        'not_null_no_inherit', CASE WHEN k.connoinherit THEN true END,
        'not_null_not_valid', CASE WHEN NOT k.convalidated THEN true END,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'virtual', CASE WHEN a.attgenerated = 'v' THEN true END,
        'storage', CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END,
        'compression', nullif(a.attcompression, ''),
        'statistics', CASE WHEN a.attstattarget <> -1 THEN a.attstattarget END,
        'options', CASE WHEN a.attoptions IS NOT NULL THEN (
            SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)) FROM unnest(a.attoptions) o) END,
        'fdw_options', CASE WHEN a.attfdwoptions IS NOT NULL THEN (
            SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(a.attfdwoptions) o) END
    ),
    json_build_object('position', a.attnum, 'type_storage', t.typstorage, 'inherited', CASE WHEN a.attinhcount > 0 THEN true END,
        'local', CASE WHEN a.attislocal THEN true END,
        'not_null', k.conname, 'not_null_local', CASE WHEN k.conislocal THEN true END,
        'not_null_shared', CASE WHEN k.conislocal AND EXISTS ( -- a detached partition keeps its table's; then Postgres chooses another
            SELECT FROM pg_constraint s WHERE s.conname = k.conname AND s.connamespace = k.connamespace AND s.oid <> k.oid AND s.conislocal
        ) THEN true END,
        'partition_key', CASE WHEN c.relkind = 'p' AND EXISTS ( -- Postgres notes it so (StorePartitionKey)
            SELECT FROM pg_depend p
            WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.objsubid = a.attnum
                AND p.refclassid = 'pg_class'::regclass AND p.refobjid = c.oid AND p.refobjsubid = 0 AND p.deptype = 'i'
        ) THEN true END)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_constraint k ON k.contype = 'n' AND k.conrelid = a.attrelid AND k.conkey[1] = a.attnum
LEFT JOIN pg_attrdef d ON a.attgenerated <> '' AND d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
