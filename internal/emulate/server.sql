SELECT name, version, superuser AND NOT trusted, coalesce(schema, ''), coalesce(comment, '') FROM pg_available_extension_versions;
SELECT extname FROM pg_extension;
SELECT parname FROM pg_parameter_acl;
SELECT pubname FROM pg_publication WHERE pubowner IN (SELECT oid FROM pg_roles WHERE rolsuper);
SELECT nspname || '.' || name
FROM (
    SELECT relnamespace, relname, relowner FROM pg_class UNION ALL SELECT pronamespace, proname, proowner FROM pg_proc
    UNION ALL SELECT typnamespace, typname, typowner FROM pg_type WHERE typtype IN ('d', 'e')
) AS o (space, name, owner)
JOIN pg_namespace AS n ON n.oid = space
WHERE nspname IN ('auth', 'realtime', 'storage') AND pg_get_userbyid(owner) <> 'postgres';
SELECT proname, prosrc FROM pg_proc WHERE pronamespace <> 'pg_catalog'::regnamespace AND prosrc ~* '\musing\s+"?(hnsw|ivfflat|pgroonga)\M';
SELECT to_regprocedure('pg_catalog.cairn_escalate(text)') IS NOT NULL, to_regnamespace('extensions') IS NOT NULL
