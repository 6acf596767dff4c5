SELECT concat_ws(' ', nspname || '.' || relname, string_agg(attname, ' ' ORDER BY attnum))
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace JOIN pg_attribute ON attrelid = c.oid AND attnum > 0
WHERE nspname || '.' || relname IN (
    'auth.users', 'auth.refresh_tokens', 'auth.audit_log_entries', 'auth.instances', 'auth.schema_migrations',
    'storage.buckets', 'storage.objects'
)
GROUP BY nspname, relname
