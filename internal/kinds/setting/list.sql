-- What ALTER ROLE and ALTER DATABASE set for sessions yet to come, a row for each parameter: of roles everywhere, and of
-- this database. A name does not hold that of the database, which may be another on the other side.
SELECT 'pg_db_role_setting'::regclass::oid, s.setrole, 0,
    concat(
        CASE WHEN s.setrole <> 0 THEN format('ROLE %I', r.rolname) WHEN s.setdatabase = 0 THEN 'ROLE ALL' END,
        CASE WHEN s.setrole <> 0 AND s.setdatabase <> 0 THEN ' IN ' END, CASE WHEN s.setdatabase <> 0 THEN 'DATABASE' END,
        ': ', split_part(c, '=', 1)),
    0, 0, 0,
    jsonb_build_object('value', jsonb_build_object(split_part(c, '=', 1), substr(c, strpos(c, '=') + 1))), -- by name, as secrets are told
    jsonb_build_object('parameter', split_part(c, '=', 1), 'role', r.rolname, 'here', s.setdatabase <> 0)
FROM pg_db_role_setting s
CROSS JOIN LATERAL unnest(s.setconfig) c
LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = 0 OR s.setdatabase = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
