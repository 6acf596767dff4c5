SELECT concat_ws(' ', nspname || '.' || relname, tgname,
    regexp_replace(pg_get_triggerdef(g.oid), '^CREATE TRIGGER \S+ (.*) ON \S+ (.*) EXECUTE FUNCTION ', '\1 \2 '))
FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = tgrelid JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE NOT tgisinternal
