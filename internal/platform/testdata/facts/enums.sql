SELECT concat_ws(' ', nspname || '.' || typname, string_agg(enumlabel, ', ' ORDER BY enumsortorder))
FROM pg_enum JOIN pg_type AS t ON t.oid = enumtypid JOIN pg_namespace AS n ON n.oid = typnamespace
GROUP BY nspname, typname
