SELECT 'pg_attrdef'::regclass::oid, d.oid, 0, NULL::text, 'pg_class'::regclass::oid, d.adrelid, d.adnum,
    json_build_object('expression', pg_get_expr(d.adbin, d.adrelid)), NULL::json
FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE a.attgenerated = '' AND d.oid >= 16384
