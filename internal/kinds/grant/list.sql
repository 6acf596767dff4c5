-- What each role may do, whoever granted it, where that is not what it is by itself (Postgres docs, 5.8 Privileges): an
-- owner may do all, PUBLIC what acldefault() says, everybody else nothing. PUBLIC and an owner of whom something was
-- taken have an entry with what is left. info holds what is usual for this grantee, and every privilege there is. For
-- members of extensions and objects of Postgres' own the usual is what came with them (pg_init_privs).
WITH given (class, oid, sub, sort, owner, acl) AS (
    SELECT 'pg_class'::regclass::oid, c.oid, 0, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END, c.relowner, c.relacl
    FROM pg_class c WHERE c.relacl IS NOT NULL AND (c.oid >= 16384 OR c.relnamespace = 'pg_catalog'::regnamespace)
    UNION ALL
    SELECT 'pg_class'::regclass::oid, a.attrelid, a.attnum, 'c', 0, a.attacl
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_proc'::regclass::oid, oid, 0, 'f', proowner, proacl FROM pg_proc WHERE proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_namespace'::regclass::oid, oid, 0, 'n', nspowner, nspacl FROM pg_namespace WHERE nspacl IS NOT NULL
    UNION ALL
    SELECT 'pg_type'::regclass::oid, oid, 0, 'T', typowner, typacl FROM pg_type WHERE typacl IS NOT NULL
    UNION ALL
    SELECT 'pg_language'::regclass::oid, oid, 0, 'l', lanowner, lanacl FROM pg_language WHERE lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass::oid, oid, 0, 'F', fdwowner, fdwacl FROM pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
    UNION ALL
    SELECT 'pg_foreign_server'::regclass::oid, oid, 0, 'S', srvowner, srvacl FROM pg_foreign_server WHERE srvacl IS NOT NULL
    UNION ALL
    SELECT 'pg_largeobject'::regclass::oid, oid, 0, 'L', lomowner, lomacl FROM pg_largeobject_metadata WHERE lomacl IS NOT NULL
), sorts AS MATERIALIZED ( -- what acldefault() calls kinds of objects; of columns it knows only that nobody may do anything
    SELECT s.sort, CASE s.sort
        WHEN 'c' THEN '["SELECT", "INSERT", "UPDATE", "REFERENCES"]'
        ELSE (SELECT jsonb_agg(e.privilege_type) FROM aclexplode(acldefault(s.sort::"char", 10)) e WHERE e.grantee = 10)
    END AS every
    FROM unnest('{r,s,c,f,n,T,l,F,S,L}'::text[]) s (sort)
), holders AS MATERIALIZED (
    SELECT g.class, g.oid, g.sub, g.sort, g.acl,
        coalesce(i.initprivs, CASE WHEN g.sort <> 'c' THEN acldefault(g.sort::"char", g.owner) END, '{}') AS usual
    FROM given g
    LEFT JOIN pg_init_privs i ON i.classoid = g.class AND i.objoid = g.oid AND i.objsubid = g.sub
        AND NOT EXISTS (SELECT FROM pg_namespace n WHERE g.class = 'pg_namespace'::regclass AND n.oid = g.oid AND n.nspname = 'public')
    WHERE g.acl IS DISTINCT FROM i.initprivs
), lists AS MATERIALIZED ( -- thousands of objects share a few
    SELECT sort, acl, usual, row_number() OVER () AS list FROM holders GROUP BY sort, acl, usual
), entries AS (
    SELECT l.list, l.sort, e.grantee, e.privilege_type AS privilege, bool_or(e.is_grantable) AS grantable, 'held' AS how
    FROM lists l, aclexplode(nullif(l.acl, '{}')) e GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT l.list, l.sort, e.grantee, e.privilege_type, bool_or(e.is_grantable), 'usual'
    FROM lists l, aclexplode(nullif(l.usual, '{}')) e GROUP BY 1, 2, 3, 4
), held AS (
    SELECT list, sort, grantee,
        coalesce(jsonb_object_agg(privilege, grantable) FILTER (WHERE how = 'held'), '{}') AS held,
        coalesce(jsonb_object_agg(privilege, grantable) FILTER (WHERE how = 'usual'), '{}') AS usual
    FROM entries GROUP BY 1, 2, 3
), grants AS MATERIALIZED (
    SELECT g.list, coalesce(r.rolname, 'PUBLIC') AS grantee,
        jsonb_build_object('privileges', g.held) AS attrs, jsonb_build_object('usual', g.usual, 'every', s.every) AS info
    FROM held g
    JOIN sorts s USING (sort)
    LEFT JOIN pg_roles r ON r.oid = g.grantee
    WHERE g.held <> g.usual AND (g.grantee = 0 OR r.rolname IS NOT NULL)
)
SELECT h.class, h.oid, h.sub, g.grantee, h.class, h.oid, h.sub, g.attrs, g.info
FROM holders h
JOIN lists l ON l.sort = h.sort AND l.acl = h.acl AND l.usual = h.usual
JOIN grants g ON g.list = l.list
