-- Whether more of the API roles read new tables in public by default than hold only what the 2026 variant leaves them.
-- A project that revoked everything itself shows neither.
SELECT count(*) FILTER (WHERE 'SELECT' = ANY (privileges)) > count(*) FILTER (WHERE 'SELECT' <> ALL (privileges))
FROM (
    SELECT g.grantee, array_agg(g.privilege_type) AS privileges
    FROM pg_catalog.pg_default_acl AS d
    JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace AND n.nspname = 'public'
    JOIN pg_catalog.pg_roles AS owner ON owner.oid = d.defaclrole AND owner.rolname = 'postgres'
    CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS g
    JOIN pg_catalog.pg_roles AS role ON role.oid = g.grantee
    WHERE d.defaclobjtype = 'r' AND role.rolname IN ('anon', 'authenticated', 'service_role')
    GROUP BY g.grantee
) AS api
