-- ALTER DEFAULT PRIVILEGES, a row for each role that gets something. What is not in one schema replaces what is usual,
-- so that it may also take; what is in one adds to it.
WITH sets AS (
    SELECT d.oid, d.defaclrole, d.defaclnamespace, d.defaclobjtype, d.defaclacl,
        acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) AS every,
        CASE WHEN d.defaclnamespace = 0 THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END AS usual
    FROM pg_default_acl d
), entries AS (
    SELECT s.oid, e.grantee, e.privilege_type AS privilege, bool_or(e.is_grantable) AS grantable, 'held' AS how
    FROM sets s, aclexplode(nullif(s.defaclacl, '{}')) e GROUP BY 1, 2, 3
    UNION ALL
    SELECT s.oid, e.grantee, e.privilege_type, false, 'usual' FROM sets s, aclexplode(s.usual) e
), grants AS (
    SELECT oid, grantee,
        coalesce(jsonb_object_agg(privilege, grantable) FILTER (WHERE how = 'held'), '{}') AS held,
        coalesce(jsonb_object_agg(privilege, grantable) FILTER (WHERE how = 'usual'), '{}') AS usual
    FROM entries GROUP BY 1, 2
)
SELECT 'pg_default_acl'::regclass::oid, s.oid, 0,
    concat(o.rolname, ': ', s.defaclobjtype, coalesce(' in ' || n.nspname, ''), ' to ', coalesce(r.rolname, 'PUBLIC')), 0, 0, 0,
    jsonb_build_object('privileges', g.held),
    jsonb_build_object(
        'role', o.rolname, 'schema', n.nspname, 'on', s.defaclobjtype, 'grantee', coalesce(r.rolname, 'PUBLIC'), 'usual', g.usual,
        'every', (SELECT jsonb_agg(e.privilege_type ORDER BY e.ordinality) FROM aclexplode(s.every) WITH ORDINALITY e WHERE e.grantee <> 0))
FROM grants g
JOIN sets s ON s.oid = g.oid
JOIN pg_roles o ON o.oid = s.defaclrole
LEFT JOIN pg_namespace n ON n.oid = s.defaclnamespace
LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE g.held <> g.usual
