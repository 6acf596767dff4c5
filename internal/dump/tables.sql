-- The tables that hold rows of their own, with the columns that take values, and which others their foreign keys lead to:
-- to a partitioned table is to all of its partitions. Sequences and materialized views besides. What belongs to an
-- extension is left out.
WITH own AS (
    SELECT c.oid, c.relkind, c.relname, n.nspname, c.relispopulated
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'S', 'm') AND c.relpersistence <> 't' AND c.oid >= 16384
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), refers AS (
    SELECT k.conrelid, jsonb_agg(DISTINCT coalesce(p.relid, k.confrelid)::oid::int8) AS to
    FROM pg_catalog.pg_constraint k
    LEFT JOIN LATERAL pg_catalog.pg_partition_tree(k.confrelid) p ON p.isleaf
    WHERE k.contype = 'f'
    GROUP BY 1
), columns AS (
    SELECT a.attrelid, jsonb_agg(jsonb_build_object('name', a.attname, 'always', a.attidentity = 'a') ORDER BY a.attnum) AS list
    FROM pg_catalog.pg_attribute a
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY 1
)
SELECT jsonb_build_object(
    'tables', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'schema', o.nspname, 'name', o.relname, 'number', o.oid::int8, 'columns', coalesce(c.list, '[]'), 'refers', coalesce(r.to, '[]'),
            'bytes', pg_catalog.pg_relation_size(o.oid)
        ) ORDER BY o.nspname, o.relname), '[]')
        FROM own o LEFT JOIN columns c ON c.attrelid = o.oid LEFT JOIN refers r ON r.conrelid = o.oid
        WHERE o.relkind = 'r'),
    'sequences', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('schema', nspname, 'name', relname, 'of', (
            SELECT d.refobjid::int8 FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = own.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
        )) ORDER BY nspname, relname), '[]')
        FROM own WHERE relkind = 'S'),
    'views', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('schema', nspname, 'name', relname) ORDER BY oid), '[]')
        FROM own WHERE relkind = 'm' AND relispopulated))
