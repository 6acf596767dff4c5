SELECT concat_ws(' ', extname, 'in', nspname, 'owner', extowner::regrole)
FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace
