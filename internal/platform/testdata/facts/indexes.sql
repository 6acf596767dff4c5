SELECT concat_ws(' ', nspname || '.' || t.relname, i.relname, CASE WHEN indisunique THEN 'UNIQUE' END,
    regexp_replace(pg_get_indexdef(i.oid), '^.*? USING ', ''))
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = indexrelid JOIN pg_class AS t ON t.oid = indrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace AND nspname !~ '^pg_'
WHERE NOT t.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid AND contype IN ('p', 'u', 'x'))
