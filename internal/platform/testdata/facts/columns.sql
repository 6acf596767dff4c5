SELECT concat_ws(' ', nspname || '.' || relname, attname, format_type(atttypid, atttypmod),
    CASE WHEN attcollation <> typcollation THEN 'collate ' || attcollation::regcollation END,
    CASE WHEN attnotnull THEN 'not null' END,
    CASE WHEN attidentity <> '' THEN 'identity' WHEN attgenerated <> '' THEN 'generated' WHEN atthasdef THEN 'default' END,
    pg_get_expr(adbin, adrelid))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = relnamespace AND nspname !~ '^pg_' AND nspname <> 'information_schema'
JOIN pg_attribute AS a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
JOIN pg_type AS t ON t.oid = atttypid
LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
