SELECT concat_ws(' ', nspname || '.' || relname, '"' || conname || '"', pg_get_constraintdef(k.oid))
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE contype <> 'n' AND NOT relispartition AND nspname NOT IN ('pg_catalog', 'information_schema')
