-- The columns of tables. Defaults and identities are kinds of their own; a generated column's expression is its own.
-- NOT NULL is a constraint with a name since 18; the name of one that is only inherited is whatever it came to be.
SELECT 'pg_class'::regclass::oid, c.oid, a.attnum, a.attname, 'pg_class'::regclass::oid, c.oid, 0,
    concat('{"type":', to_json(format_type(a.atttypid, a.atttypmod)),
        CASE WHEN a.attcollation <> t.typcollation THEN ',"collation":' || to_json(a.attcollation::regcollation::text) END,
        CASE WHEN a.attnotnull THEN ',"not_null":true' END,
        CASE WHEN k.conislocal AND k.conname <> c.relname || '_' || a.attname || '_not_null' THEN ',"not_null_name":' || to_json(k.conname) END,
        CASE WHEN k.connoinherit THEN ',"not_null_no_inherit":true' END,
        CASE WHEN NOT k.convalidated THEN ',"not_null_not_valid":true' END,
        CASE WHEN a.attgenerated <> '' THEN ',"generated":' || (
            SELECT to_json(pg_get_expr(d.adbin, d.adrelid)) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END,
        CASE WHEN a.attgenerated = 'v' THEN ',"virtual":true' END,
        CASE WHEN a.attstorage <> t.typstorage THEN ',"storage":' || to_json(a.attstorage) END,
        CASE WHEN a.attcompression <> '' THEN ',"compression":' || to_json(a.attcompression) END,
        CASE WHEN a.attstattarget <> -1 THEN ',"statistics":' || a.attstattarget END,
        CASE WHEN a.attoptions IS NOT NULL THEN ',"options":' || (
            SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))::text FROM unnest(a.attoptions) o) END,
        CASE WHEN a.attfdwoptions IS NOT NULL THEN ',"fdw_options":' || (
            SELECT jsonb_object_agg(o.option_name, o.option_value)::text FROM pg_options_to_table(a.attfdwoptions) o) END,
    '}'),
    concat('{"position":', a.attnum, ',"type_storage":', to_json(t.typstorage),
        CASE WHEN a.attinhcount > 0 THEN ',"inherited":true' END,
        CASE WHEN a.attislocal THEN ',"local":true' END,
        ',"not_null":' || to_json(k.conname),
        CASE WHEN k.conislocal THEN ',"not_null_local":true' END,
        CASE WHEN k.conislocal IS TRUE AND EXISTS ( -- a detached partition keeps its table's; then Postgres chooses another
            SELECT FROM pg_constraint s WHERE s.conname = k.conname AND s.connamespace = k.connamespace AND s.oid <> k.oid AND s.conislocal
        ) THEN ',"not_null_shared":true' END,
        CASE WHEN c.relkind = 'p' AND EXISTS ( -- Postgres notes it so (StorePartitionKey)
            SELECT FROM pg_depend p
            WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.objsubid = a.attnum
                AND p.refclassid = 'pg_class'::regclass AND p.refobjid = c.oid AND p.refobjsubid = 0 AND p.deptype = 'i'
        ) THEN ',"partition_key":true' END,
    '}')
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_constraint k ON k.contype = 'n' AND k.conrelid = a.attrelid AND k.conkey[1] = a.attnum
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
