-- The attributes of composite types.
SELECT 'pg_class'::regclass::oid, c.oid, a.attnum, a.attname, 'pg_type'::regclass::oid, c.reltype, 0,
    json_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END
    ),
    json_build_object('position', a.attnum)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind = 'c' AND c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
