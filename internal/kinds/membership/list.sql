-- Which role is a member of which, whoever granted it. Until 15 a member inherits if the role does; since 16 that is said
-- of the membership, and there may be one of each grantor: together they are what counts.
WITH memberships AS (
    SELECT r.oid AS role, m.oid AS member, r.rolname AS role_name, m.rolname AS member_name,
        bool_or(a.admin_option) AS admin,
        bool_or(coalesce((to_jsonb(a) ->> 'inherit_option')::boolean, m.rolinherit)) AS inherit,
        bool_or(coalesce((to_jsonb(a) ->> 'set_option')::boolean, true)) AS set,
        jsonb_agg(g.rolname ORDER BY g.rolname) FILTER (WHERE g.oid IS NOT NULL) AS grantors
    FROM pg_auth_members a
    JOIN pg_roles r ON r.oid = a.roleid
    JOIN pg_roles m ON m.oid = a.member
    LEFT JOIN pg_roles g ON g.oid = a.grantor
    WHERE r.oid >= 16384 OR m.oid >= 16384
    GROUP BY r.oid, m.oid, r.rolname, m.rolname
)
SELECT 'pg_auth_members'::regclass::oid, m.role, m.member, format('%I TO %I', m.role_name, m.member_name), 0, 0, 0,
    jsonb_build_object(
        'admin', CASE WHEN m.admin THEN true END,
        'inherit', CASE WHEN NOT m.inherit THEN false END,
        'set', CASE WHEN NOT m.set THEN false END
    ),
    jsonb_build_object('role', m.role_name, 'member', m.member_name, 'grantors', m.grantors)
FROM memberships m
