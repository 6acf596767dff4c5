-- Which column owns a sequence.
SELECT 'pg_class'::regclass::oid, s.oid, 0, NULL::text, 'pg_class'::regclass::oid, s.oid, 0,
    jsonb_build_object('column', jsonb_build_array(n.nspname, c.relname, a.attname)), NULL::jsonb
FROM pg_depend d
JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
JOIN pg_class c ON c.oid = d.refobjid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND d.refobjsubid > 0
  AND s.relpersistence <> 't' AND s.oid >= 16384
