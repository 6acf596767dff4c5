SELECT 'pg_namespace'::regclass::oid, n.oid, 0, n.nspname, 0, 0, 0, '{}'::jsonb, NULL::jsonb
FROM pg_namespace n
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
