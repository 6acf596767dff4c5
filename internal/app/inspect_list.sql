-- What a database consists of, schema by schema. Members of extensions, partitions and what belongs to a table by itself
-- are left out. Row counts are estimates of the last ANALYZE or VACUUM; null where there was none.
WITH members AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), objects (schema, sort, name, info) AS (
    SELECT c.relnamespace,
        CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' ELSE 'table' END,
        c.relname,
        CASE WHEN c.relkind IN ('r', 'p', 'm', 'f') THEN jsonb_build_object(
            'rows', CASE WHEN c.relkind = 'p' THEN (
                    SELECT sum(l.reltuples)::int8 FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid WHERE p.isleaf AND l.reltuples >= 0)
                WHEN c.reltuples >= 0 THEN c.reltuples::int8 END,
            'bytes', CASE WHEN c.relkind = 'p' THEN (SELECT sum(pg_total_relation_size(p.relid)) FROM pg_partition_tree(c.oid) p WHERE p.isleaf)
                ELSE pg_total_relation_size(c.oid) END,
            'rls', CASE WHEN c.relkind IN ('r', 'p') THEN
                CASE WHEN c.relrowsecurity THEN CASE WHEN c.relforcerowsecurity THEN 'forced' ELSE 'on' END ELSE 'off' END END,
            'policies', CASE WHEN c.relkind IN ('r', 'p') THEN (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) END
        ) ELSE '{}' END
    FROM pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
        AND NOT (c.relkind = 'S' AND EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
    UNION ALL
    SELECT p.pronamespace, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
        p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', '{}'
    FROM pg_proc p
    WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
    UNION ALL
    SELECT t.typnamespace, CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'type' END, t.typname, '{}'
    FROM pg_type t
    WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c')
        AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
)
SELECT jsonb_build_object(
    'schemas', (
        SELECT coalesce(jsonb_agg(s.schema ORDER BY s.name), '[]')
        FROM (
            SELECT n.nspname AS name, jsonb_build_object('name', n.nspname, 'objects', coalesce(
                jsonb_agg(o.info || jsonb_build_object('kind', o.sort, 'name', o.name)
                    ORDER BY array_position(array['table', 'foreign table', 'view', 'materialized view', 'function', 'procedure', 'aggregate', 'enum', 'domain', 'range', 'type', 'sequence'], o.sort), o.name)
                FILTER (WHERE o.name IS NOT NULL), '[]')) AS schema
            FROM pg_namespace n
            LEFT JOIN objects o ON o.schema = n.oid
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            GROUP BY n.nspname
        ) s),
    'extensions', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('name', e.extname, 'version', e.extversion, 'schema', n.nspname) ORDER BY e.extname), '[]')
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'))
