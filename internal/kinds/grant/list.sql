-- What each role may do, whoever granted it, where that is not what it is by itself (Postgres docs, 5.8 Privileges): an
-- owner may do all, PUBLIC what acldefault() says, everybody else nothing. PUBLIC and an owner of whom something was
-- taken have an entry with what is left. info holds what is usual for this grantee, and every privilege there is. For
-- members of extensions and objects of Postgres' own the usual is what came with them (pg_init_privs).
WITH given (class, oid, sub, acl, usual, every) AS (
    SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relacl,
        acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner),
        (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, 10)) e)
    FROM pg_class c WHERE c.relacl IS NOT NULL AND (c.oid >= 16384 OR c.relnamespace = 'pg_catalog'::regnamespace)
    UNION ALL
    SELECT 'pg_class'::regclass::oid, a.attrelid, a.attnum, a.attacl, NULL, '["SELECT", "INSERT", "UPDATE", "REFERENCES"]'
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_proc'::regclass::oid, p.oid, 0, p.proacl, acldefault('f', p.proowner),
        (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault('f', 10)) e WHERE e.grantee <> 0)
    FROM pg_proc p WHERE p.proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_namespace'::regclass::oid, n.oid, 0, n.nspacl, acldefault('n', n.nspowner),
        (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault('n', 10)) e WHERE e.grantee <> 0)
    FROM pg_namespace n WHERE n.nspacl IS NOT NULL
    UNION ALL
    SELECT 'pg_type'::regclass::oid, t.oid, 0, t.typacl, acldefault('T', t.typowner),
        (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault('T', 10)) e WHERE e.grantee <> 0)
    FROM pg_type t WHERE t.typacl IS NOT NULL
    UNION ALL
    SELECT 'pg_language'::regclass::oid, l.oid, 0, l.lanacl, acldefault('l', l.lanowner),
        (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault('l', 10)) e WHERE e.grantee <> 0)
    FROM pg_language l WHERE l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass::oid, f.oid, 0, f.fdwacl, acldefault('F', f.fdwowner),
        (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault('F', 10)) e WHERE e.grantee <> 0)
    FROM pg_foreign_data_wrapper f WHERE f.fdwacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_server'::regclass::oid, s.oid, 0, s.srvacl, acldefault('S', s.srvowner),
        (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault('S', 10)) e WHERE e.grantee <> 0)
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
    UNION ALL
    SELECT 'pg_largeobject'::regclass::oid, l.oid, 0, l.lomacl, acldefault('L', l.lomowner),
        (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault('L', 10)) e WHERE e.grantee <> 0)
    FROM pg_largeobject_metadata l WHERE l.lomacl IS NOT NULL
), holders AS MATERIALIZED (
    SELECT g.class, g.oid, g.sub, g.acl, coalesce(i.initprivs, g.usual) AS usual, g.every
    FROM given g
    LEFT JOIN pg_init_privs i ON i.classoid = g.class AND i.objoid = g.oid AND i.objsubid = g.sub
        AND NOT EXISTS (SELECT FROM pg_namespace n WHERE g.class = 'pg_namespace'::regclass AND n.oid = g.oid AND n.nspname = 'public')
    WHERE g.acl IS DISTINCT FROM i.initprivs
), entries AS (
    SELECT h.class, h.oid, h.sub, e.grantee, e.privilege_type AS privilege, bool_or(e.is_grantable) AS grantable, 'held' AS how
    FROM holders h, aclexplode(nullif(h.acl, '{}')) e GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT h.class, h.oid, h.sub, e.grantee, e.privilege_type, bool_or(e.is_grantable), 'usual'
    FROM holders h, aclexplode(nullif(h.usual, '{}')) e GROUP BY 1, 2, 3, 4, 5
), grants AS (
    SELECT class, oid, sub, grantee,
        coalesce(jsonb_object_agg(privilege, grantable) FILTER (WHERE how = 'held'), '{}') AS held,
        coalesce(jsonb_object_agg(privilege, grantable) FILTER (WHERE how = 'usual'), '{}') AS usual
    FROM entries GROUP BY 1, 2, 3, 4
)
SELECT g.class, g.oid, g.sub, coalesce(r.rolname, 'PUBLIC'), g.class, g.oid, g.sub,
    jsonb_build_object('privileges', g.held), jsonb_build_object('usual', g.usual, 'every', h.every)
FROM grants g
JOIN holders h USING (class, oid, sub)
LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE g.held <> g.usual AND (g.grantee = 0 OR r.rolname IS NOT NULL)
