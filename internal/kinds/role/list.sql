-- Roles, but for those that initdb makes. Passwords are not read.
SELECT 'pg_authid'::regclass::oid, r.oid, 0, r.rolname, 0, 0, 0,
    jsonb_build_object(
        'superuser', CASE WHEN r.rolsuper THEN true END,
        'createdb', CASE WHEN r.rolcreatedb THEN true END,
        'createrole', CASE WHEN r.rolcreaterole THEN true END,
        'inherit', CASE WHEN NOT r.rolinherit THEN false END,
        'login', CASE WHEN r.rolcanlogin THEN true END,
        'replication', CASE WHEN r.rolreplication THEN true END,
        'bypassrls', CASE WHEN r.rolbypassrls THEN true END,
        'connection_limit', nullif(r.rolconnlimit, -1),
        'valid_until', CASE WHEN isfinite(r.rolvaliduntil) THEN to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.USZ') END
    ),
    NULL::jsonb
FROM pg_roles r
WHERE r.oid >= 16384
