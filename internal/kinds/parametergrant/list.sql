-- Who may set which of the server's parameters (Postgres docs, pg_parameter_acl). The bootstrap superuser may set all.
SELECT 'pg_parameter_acl'::regclass::oid, g.oid, 0, format('%s to %s', g.parname, g.grantee), 0, 0, 0,
    jsonb_build_object('privileges', g.privileges),
    jsonb_build_object('parameter', g.parname, 'grantee', g.grantee)
FROM (
    SELECT p.oid, p.parname, coalesce(r.rolname, 'PUBLIC') AS grantee, jsonb_object_agg(e.privilege_type, e.is_grantable) AS privileges
    FROM pg_parameter_acl p
    CROSS JOIN LATERAL (SELECT grantee, privilege_type, bool_or(is_grantable) AS is_grantable FROM aclexplode(p.paracl) GROUP BY 1, 2) e
    LEFT JOIN pg_roles r ON r.oid = e.grantee
    WHERE e.grantee = 0 OR r.oid >= 16384
    GROUP BY p.oid, p.parname, r.rolname
) g
