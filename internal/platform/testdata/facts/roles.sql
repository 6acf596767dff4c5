SELECT concat_ws(' ', rolname, CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolsuper THEN 'superuser' END,
    CASE WHEN rolinherit THEN 'inherit' END, CASE WHEN rolcreaterole THEN 'createrole' END,
    CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolreplication THEN 'replication' END,
    CASE WHEN rolbypassrls THEN 'bypassrls' END)
FROM pg_roles WHERE rolname !~ '^pg_'
UNION ALL
SELECT concat_ws(' ', r.rolname, 'set', setting)
FROM pg_db_role_setting JOIN pg_roles AS r ON r.oid = setrole, unnest(setconfig) AS setting
WHERE setdatabase = 0
UNION ALL
SELECT concat_ws(' ', member::regrole, 'in', roleid::regrole, CASE WHEN bool_or(admin_option) THEN 'admin' END)
FROM pg_auth_members WHERE member::regrole::text !~ '^pg_'
GROUP BY member, roleid
UNION ALL
SELECT concat_ws(' ', 'database', datname, 'owner', datdba::regrole) FROM pg_database WHERE datname = 'postgres'
UNION ALL
SELECT concat_ws(' ', 'database', datname, 'set', setting)
FROM pg_db_role_setting JOIN pg_database AS d ON d.oid = setdatabase, unnest(setconfig) AS setting
WHERE setrole = 0 AND datname = 'postgres'
