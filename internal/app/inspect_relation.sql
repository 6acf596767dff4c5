-- One table or view: $1 is its oid.
SELECT jsonb_build_object(
    'schema', n.nspname, 'name', c.relname,
    'kind', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' ELSE 'table' END,
    'owner', pg_get_userbyid(c.relowner),
    'comment', obj_description(c.oid, 'pg_class'),
    'definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, true) END,
    'partition_key', pg_get_partkeydef(c.oid),
    'partition_of', (SELECT i.inhparent::regclass::text || ' ' || pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i WHERE i.inhrelid = c.oid AND c.relispartition),
    'inherits', (SELECT jsonb_agg(i.inhparent::regclass::text ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid AND NOT c.relispartition),
    'partitions', (SELECT jsonb_agg(i.inhrelid::regclass::text || ' ' || pg_get_expr(p.relpartbound, p.oid) ORDER BY i.inhrelid::regclass::text)
        FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid WHERE i.inhparent = c.oid AND p.relispartition),
    'row_level_security', CASE WHEN c.relkind IN ('r', 'p') THEN
        CASE WHEN c.relrowsecurity THEN CASE WHEN c.relforcerowsecurity THEN 'forced' ELSE 'on' END ELSE 'off' END END,
    'rows', CASE WHEN c.relkind = 'p' THEN (
            SELECT sum(l.reltuples)::int8 FROM pg_partition_tree(c.oid) p JOIN pg_class l ON l.oid = p.relid WHERE p.isleaf AND l.reltuples >= 0)
        WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0 THEN c.reltuples::int8 END,
    'table_bytes', CASE c.relkind WHEN 'p' THEN (SELECT sum(pg_table_size(p.relid)) FROM pg_partition_tree(c.oid) p WHERE p.isleaf)
        WHEN 'r' THEN pg_table_size(c.oid) WHEN 'm' THEN pg_table_size(c.oid) END,
    'index_bytes', CASE c.relkind WHEN 'p' THEN (SELECT sum(pg_indexes_size(p.relid)) FROM pg_partition_tree(c.oid) p WHERE p.isleaf)
        WHEN 'r' THEN pg_indexes_size(c.oid) WHEN 'm' THEN pg_indexes_size(c.oid) END,
    'columns', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'nullable', NOT a.attnotnull,
            'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
            'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
            'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
            'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
            'comment', col_description(c.oid, a.attnum)
        ) ORDER BY a.attnum), '[]')
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'constraints', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', k.conname, 'definition', pg_get_constraintdef(k.oid), 'valid', k.convalidated,
            'kind', CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'x' THEN 'exclusion' ELSE 'check' END
        ) ORDER BY position(k.contype::text IN 'pufxc'), k.conname), '[]')
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'x', 'c')),
    'referenced_by', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'table', k.conrelid::regclass::text, 'name', k.conname, 'definition', pg_get_constraintdef(k.oid)
        ) ORDER BY k.conrelid::regclass::text, k.conname), '[]')
        FROM pg_constraint k WHERE k.confrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0),
    'indexes', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', x.relname, 'definition', pg_get_indexdef(i.indexrelid), 'unique', i.indisunique, 'primary', i.indisprimary,
            'valid', i.indisvalid, 'bytes', CASE WHEN x.relkind = 'i' THEN pg_relation_size(x.oid) ELSE 0 END,
            'scans', pg_stat_get_numscans(x.oid)
        ) ORDER BY NOT i.indisprimary, x.relname), '[]')
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid),
    'policies', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', p.polname, 'permissive', p.polpermissive,
            'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
            'roles', (SELECT jsonb_agg(CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r) END ORDER BY 1) FROM unnest(p.polroles) r),
            'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)
        ) ORDER BY p.polname), '[]')
        FROM pg_policy p WHERE p.polrelid = c.oid),
    'triggers', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'name', g.tgname, 'definition', pg_get_triggerdef(g.oid), 'enabled', g.tgenabled <> 'D', 'function', g.tgfoid::regproc::text
        ) ORDER BY g.tgname), '[]')
        FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal),
    'grants', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('role', g.role, 'privileges', g.privileges, 'column', g.col) ORDER BY g.col NULLS FIRST, g.role), '[]')
        FROM (
            SELECT CASE e.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(e.grantee) END AS role, NULL::name AS col,
                jsonb_agg(DISTINCT e.privilege_type) AS privileges
            FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) e GROUP BY 1
            UNION ALL
            SELECT CASE e.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(e.grantee) END, a.attname, jsonb_agg(DISTINCT e.privilege_type)
            FROM pg_attribute a, aclexplode(a.attacl) e WHERE a.attrelid = c.oid AND NOT a.attisdropped GROUP BY 1, 2
        ) g)
)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = $1::oid
