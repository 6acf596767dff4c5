SELECT jsonb_object_agg(path, '{}'::jsonb) AS paths
FROM (
    SELECT '/' AS path
    UNION ALL
    SELECT '/' || relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege('service_role', oid, 'SELECT')
    UNION ALL
    SELECT DISTINCT '/rpc/' || proname FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND has_function_privilege('service_role', oid, 'EXECUTE')
) served
