-- Shared objects' comments are among them, of this database and of roles.
SELECT d.classoid, d.objoid, d.objsubid, NULL::text, d.classoid, d.objoid, d.objsubid,
    json_build_object('text', d.description), NULL::json
FROM pg_description d
WHERE d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND d.objoid = to_regnamespace('public') -- initdb comments on the others
UNION ALL -- the index behind a constraint is no object by itself
SELECT 'pg_constraint'::regclass::oid, c.oid, 0, 'index', 'pg_constraint'::regclass::oid, c.oid, 0,
    json_build_object('text', d.description), NULL::json
FROM pg_description d
JOIN pg_constraint c ON c.conindid = d.objoid AND c.contype IN ('p', 'u', 'x')
WHERE d.classoid = 'pg_class'::regclass AND d.objsubid = 0
UNION ALL
SELECT d.classoid, d.objoid, 0, NULL::text, d.classoid, d.objoid, 0, json_build_object('text', d.description), NULL::json
FROM pg_shdescription d
