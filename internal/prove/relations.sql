-- The user's tables: where each stands, in which file its rows are, and its columns that hold something of their own.
SELECT c.oid, n.nspname, c.relname, c.relfilenode, pg_catalog.pg_relation_size(c.oid) > 0,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('number', a.attnum, 'name', a.attname) ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND c.oid >= 16384
ORDER BY c.oid
