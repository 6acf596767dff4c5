-- Members of extensions, and objects of Postgres itself, on which something hangs that is the user's: privileges that are
-- not those that the extension or initdb gave (Postgres docs, pg_init_privs; nothing is noted there for what is in
-- information_schema), a policy, or what was added to an operator family. The schemas that these are in are listed with
-- them where they are not the user's own.
WITH extended AS (
    SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
), given (class, oid, sub, acl) AS (
    SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relacl FROM pg_class c WHERE c.relacl IS NOT NULL AND (c.oid >= 16384 OR c.relnamespace = 'pg_catalog'::regnamespace)
    UNION ALL
    SELECT 'pg_class'::regclass::oid, a.attrelid, a.attnum, a.attacl FROM pg_attribute a
    WHERE a.attrelid < 16384 AND a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_class'::regclass::oid, a.attrelid, a.attnum, a.attacl FROM pg_attribute a
    WHERE a.attrelid IN (SELECT e.objid FROM extended e WHERE e.classid = 'pg_class'::regclass AND e.objid >= 16384)
      AND a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_proc'::regclass::oid, p.oid, 0, p.proacl FROM pg_proc p WHERE p.proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_namespace'::regclass::oid, n.oid, 0, n.nspacl FROM pg_namespace n WHERE n.nspacl IS NOT NULL AND n.nspname NOT IN ('public', 'information_schema')
    UNION ALL
    SELECT 'pg_type'::regclass::oid, t.oid, 0, t.typacl FROM pg_type t WHERE t.typacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass::oid, f.oid, 0, f.fdwacl FROM pg_foreign_data_wrapper f WHERE f.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_server'::regclass::oid, s.oid, 0, s.srvacl FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
    UNION ALL
    SELECT 'pg_language'::regclass::oid, l.oid, 0, l.lanacl FROM pg_language l WHERE l.lanacl IS NOT NULL
), own (class, oid, sub) AS (
    SELECT g.class, g.oid, g.sub
    FROM given g
    LEFT JOIN pg_init_privs i ON i.classoid = g.class AND i.objoid = g.oid AND i.objsubid = g.sub
    WHERE (g.oid < 16384 OR (g.class, g.oid) IN (SELECT classid, objid FROM extended)) AND g.acl IS DISTINCT FROM i.initprivs
    UNION
    SELECT 'pg_class'::regclass::oid, p.polrelid, 0 FROM pg_policy p
    WHERE ('pg_class'::regclass::oid, p.polrelid) IN (SELECT classid, objid FROM extended)
    UNION
    SELECT 'pg_opfamily'::regclass::oid, m.family, 0
    FROM (SELECT oid, amopfamily FROM pg_amop UNION ALL SELECT oid, amprocfamily FROM pg_amproc) m (oid, family)
    WHERE m.oid >= 16384 AND m.family < 16384
), wholes AS (
    SELECT class, oid FROM own
), schemas AS (
    SELECT DISTINCT n.oid
    FROM wholes w
    LEFT JOIN pg_class c ON w.class = 'pg_class'::regclass AND c.oid = w.oid
    LEFT JOIN pg_proc p ON w.class = 'pg_proc'::regclass AND p.oid = w.oid
    LEFT JOIN pg_type t ON w.class = 'pg_type'::regclass AND t.oid = w.oid
    LEFT JOIN pg_opfamily f ON w.class = 'pg_opfamily'::regclass AND f.oid = w.oid
    JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, p.pronamespace, t.typnamespace, f.opfnamespace)
    WHERE n.nspname LIKE 'pg\_%' OR ('pg_namespace'::regclass::oid, n.oid) IN (SELECT classid, objid FROM extended)
    UNION
    SELECT oid FROM own WHERE class = 'pg_namespace'::regclass
)
SELECT 'pg_namespace'::regclass::oid, n.oid, 0, n.nspname, 0, 0, 0, '{}'::jsonb, json_build_object('address', format('SCHEMA %I', n.nspname))
FROM pg_namespace n JOIN schemas s ON s.oid = n.oid
UNION ALL
SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relname, 'pg_namespace'::regclass::oid, c.relnamespace, 0, '{}',
    json_build_object('address', format('%s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname),
        'owner', pg_get_userbyid(c.relowner), 'sort', CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ('pg_class'::regclass::oid, c.oid) IN (SELECT class, oid FROM wholes)
UNION ALL
SELECT 'pg_class'::regclass::oid, a.attrelid, a.attnum, a.attname, 'pg_class'::regclass::oid, a.attrelid, 0, '{}', '{"column": true}'
FROM pg_attribute a JOIN own o ON o.class = 'pg_class'::regclass AND o.oid = a.attrelid AND o.sub = a.attnum
WHERE o.sub <> 0
UNION ALL
SELECT 'pg_proc'::regclass::oid, p.oid, 0, format('%s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
    'pg_namespace'::regclass::oid, p.pronamespace, 0, '{}',
    json_build_object('address', format('%s %I.%I(%s)', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
        n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), 'owner', pg_get_userbyid(p.proowner), 'sort', 'f')
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE ('pg_proc'::regclass::oid, p.oid) IN (SELECT class, oid FROM wholes)
UNION ALL
SELECT 'pg_type'::regclass::oid, t.oid, 0, 'type ' || t.typname, 'pg_namespace'::regclass::oid, t.typnamespace, 0, '{}',
    json_build_object('address', format('TYPE %I.%I', n.nspname, t.typname), 'owner', pg_get_userbyid(t.typowner), 'sort', 'T')
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE ('pg_type'::regclass::oid, t.oid) IN (SELECT class, oid FROM wholes)
UNION ALL
SELECT 'pg_opfamily'::regclass::oid, f.oid, 0, concat(f.opfname, ' USING ', a.amname), 'pg_namespace'::regclass::oid, f.opfnamespace, 0,
    '{}', json_build_object('address', format('OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, a.amname))
FROM pg_opfamily f
JOIN pg_am a ON a.oid = f.opfmethod
JOIN pg_namespace n ON n.oid = f.opfnamespace
WHERE ('pg_opfamily'::regclass::oid, f.oid) IN (SELECT class, oid FROM wholes)
UNION ALL
SELECT o.class, o.oid, 0, coalesce('foreign data wrapper ' || f.fdwname, 'server ' || s.srvname, 'language ' || l.lanname), 0, 0, 0, '{}',
    json_build_object('address', coalesce(
        'FOREIGN DATA WRAPPER ' || quote_ident(f.fdwname), 'FOREIGN SERVER ' || quote_ident(s.srvname), 'LANGUAGE ' || quote_ident(l.lanname)))
FROM own o
LEFT JOIN pg_foreign_data_wrapper f ON o.class = 'pg_foreign_data_wrapper'::regclass AND f.oid = o.oid
LEFT JOIN pg_foreign_server s ON o.class = 'pg_foreign_server'::regclass AND s.oid = o.oid
LEFT JOIN pg_language l ON o.class = 'pg_language'::regclass AND l.oid = o.oid
WHERE f.oid IS NOT NULL OR s.oid IS NOT NULL OR l.oid IS NOT NULL
