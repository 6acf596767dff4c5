-- What making up a row takes: a table's columns with their base types, its foreign keys, the texts of its checks and of
-- those of its columns' domains. Partitions are filled through the table that they are of.
SELECT c.oid, n.nspname, c.relname,
    NOT EXISTS (
        SELECT FROM pg_catalog.pg_partition_tree(c.oid) p WHERE p.isleaf AND pg_catalog.pg_relation_size(p.relid) > 0
        UNION ALL SELECT WHERE pg_catalog.pg_relation_size(c.oid) > 0
    ),
    (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'base', b.typname, 'category', b.typcategory,
            'required', a.attnotnull OR t.typnotnull, 'default', a.atthasdef OR a.attidentity <> '',
            'labels', (SELECT pg_catalog.jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = b.oid),
            'check', (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ')
                FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid)
        ) ORDER BY a.attnum)
     FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     JOIN pg_catalog.pg_type b ON b.oid = COALESCE(NULLIF((SELECT d.typbasetype FROM pg_catalog.pg_type d WHERE d.oid = t.typbasetype), 0), NULLIF(t.typbasetype, 0), t.oid)
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
    (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'on', k.confrelid::bigint, 'columns', of.names, 'keys', keys.names) ORDER BY k.oid)
     FROM pg_catalog.pg_constraint k,
        LATERAL (SELECT pg_catalog.array_agg(a.attname ORDER BY i.n) AS names FROM unnest(k.conkey) WITH ORDINALITY i (num, n)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = i.num) of,
        LATERAL (SELECT pg_catalog.array_agg(a.attname ORDER BY i.n) AS names FROM unnest(k.confkey) WITH ORDINALITY i (num, n)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = i.num) keys
     WHERE k.conrelid = c.oid AND k.contype = 'f'),
    (SELECT pg_catalog.jsonb_agg(pg_catalog.pg_get_constraintdef(k.oid) ORDER BY k.oid)
     FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND c.oid >= 16384
ORDER BY c.oid
