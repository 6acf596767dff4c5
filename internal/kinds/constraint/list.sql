-- The constraints of tables: check, primary key, unique, foreign key, exclusion; those of partitions and heirs among
-- them. NOT NULL of 18 is the column's, and what stands for each partition of the table that a foreign key refers to is
-- part of the key.
SELECT 'pg_constraint'::regclass::oid, c.oid, 0, c.conname, 'pg_class'::regclass::oid, c.conrelid, 0,
    concat('{"definition":', coalesce(to_json(CASE
            WHEN c.condeferrable OR NOT c.convalidated OR i.reloptions IS NOT NULL THEN regexp_replace(
                CASE
                    WHEN c.contype = 'x' AND i.reloptions IS NOT NULL THEN regexp_replace(pg_get_constraintdef(c.oid), ' WITH \([^()]*\)', '')
                    ELSE pg_get_constraintdef(c.oid)
                END, '( DEFERRABLE)?( INITIALLY DEFERRED)?( NOT ENFORCED)?( NOT VALID)?$', '')
            ELSE pg_get_constraintdef(c.oid)
        END), 'null'),
        CASE WHEN c.condeferrable THEN ',"deferrable":true' END,
        CASE WHEN c.condeferred THEN ',"deferred":true' END,
        CASE WHEN NOT c.convalidated THEN CASE to_jsonb(c) ->> 'conenforced' WHEN 'false' THEN ',"not_enforced":true' ELSE ',"not_valid":true' END END,
        CASE WHEN i.relkind = 'I' AND NOT x.indisvalid THEN ',"invalid":true' END,
        CASE WHEN i.reloptions IS NOT NULL THEN ',"options":' || (
            SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))::text FROM unnest(i.reloptions) o) END,
        CASE WHEN i.reltablespace <> 0 THEN ',"tablespace":' || (SELECT to_json(s.spcname) FROM pg_tablespace s WHERE s.oid = i.reltablespace) END,
        CASE WHEN x.indisreplident THEN ',"replica_identity":true' END,
        CASE WHEN x.indisclustered THEN ',"cluster":true' END,
    '}'),
    concat('{"type":', to_json(c.contype), ',"position":', strpos('puxcf', c.contype::text),
        ',"index":' || to_json(i.relname),
        CASE WHEN c.confrelid <> 0 THEN ',"references":' || json_build_array(n.nspname, f.relname)::text END,
        CASE WHEN c.coninhcount > 0 THEN ',"inherited":true' END,
        CASE WHEN c.conislocal THEN ',"local":true' END,
        CASE WHEN i.relispartition IS TRUE AND c.conname = (
            SELECT CASE c.contype
                WHEN 'p' THEN r.relname || '_pkey'
                ELSE r.relname || '_' || string_agg(a.attname, '_' ORDER BY a.attnum) || CASE c.contype WHEN 'u' THEN '_key' ELSE '_excl' END
            END
            FROM pg_attribute a WHERE a.attrelid = i.oid
        ) THEN ',"usual":true' END,
    '}')
FROM pg_constraint c
JOIN pg_class r ON r.oid = c.conrelid AND r.relpersistence <> 't' -- other sessions' come and go while this reads
LEFT JOIN pg_index x ON c.contype IN ('p', 'u', 'x') AND x.indexrelid = c.conindid
LEFT JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_class f ON f.oid = c.confrelid
LEFT JOIN pg_namespace n ON n.oid = f.relnamespace
WHERE c.contype IN ('c', 'p', 'u', 'f', 'x') AND c.conrelid <> 0 AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = c.conparentid AND k.conrelid = c.conrelid)
