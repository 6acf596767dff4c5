SELECT 'pg_attrdef'::regclass::oid, d.oid, 0, NULL::text, 'pg_class'::regclass::oid, d.adrelid, d.adnum,
    concat('{"expression":', coalesce(to_json(pg_get_expr(d.adbin, 0)), 'null'), '}'), NULL -- no default names a column: its table need not be opened
FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE a.attgenerated = '' AND d.oid >= 16384
