-- The constraints of tables: check, primary key, unique, foreign key, exclusion; those of partitions and heirs among
-- them. NOT NULL of 18 is the column's, and what stands for each partition of the table that a foreign key refers to is
-- part of the key.
SELECT 'pg_constraint'::regclass::oid, c.oid, 0, c.conname, 'pg_class'::regclass::oid, c.conrelid, 0,
    json_build_object(
        'definition', CASE
            WHEN c.condeferrable OR NOT c.convalidated OR i.reloptions IS NOT NULL THEN regexp_replace(
                CASE
                    WHEN c.contype = 'x' AND i.reloptions IS NOT NULL THEN regexp_replace(pg_get_constraintdef(c.oid), ' WITH \([^()]*\)', '')
                    ELSE pg_get_constraintdef(c.oid)
                END, '( DEFERRABLE)?( INITIALLY DEFERRED)?( NOT ENFORCED)?( NOT VALID)?$', '')
            ELSE pg_get_constraintdef(c.oid)
        END,
        'deferrable', CASE WHEN c.condeferrable THEN true END,
        'deferred', CASE WHEN c.condeferred THEN true END,
        'not_enforced', CASE WHEN NOT c.convalidated AND to_jsonb(c) ->> 'conenforced' = 'false' THEN true END,
        'not_valid', CASE WHEN NOT c.convalidated AND to_jsonb(c) ->> 'conenforced' IS DISTINCT FROM 'false' THEN true END,
        'invalid', CASE WHEN i.relkind = 'I' AND NOT x.indisvalid THEN true END,
        'options', CASE WHEN i.reloptions IS NOT NULL THEN (
            SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)) FROM unnest(i.reloptions) o) END,
        'tablespace', CASE WHEN i.reltablespace <> 0 THEN (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = i.reltablespace) END,
        'replica_identity', CASE WHEN x.indisreplident THEN true END,
        'cluster', CASE WHEN x.indisclustered THEN true END
    ),
    json_build_object(
        'type', c.contype, 'index', i.relname,
        'references', CASE WHEN c.confrelid <> 0 THEN (
            SELECT jsonb_build_array(n.nspname, f.relname) FROM pg_class f JOIN pg_namespace n ON n.oid = f.relnamespace WHERE f.oid = c.confrelid) END, 'inherited', CASE WHEN c.coninhcount > 0 THEN true END,
        'position', strpos('puxcf', c.contype::text),
        'local', CASE WHEN c.conislocal THEN true END,
        'usual', CASE WHEN i.relispartition AND c.conname = (
            SELECT CASE c.contype
                WHEN 'p' THEN t.relname || '_pkey'
                ELSE t.relname || '_' || string_agg(a.attname, '_' ORDER BY a.attnum) || CASE c.contype WHEN 'u' THEN '_key' ELSE '_excl' END
            END
            FROM pg_class t, pg_attribute a WHERE t.oid = c.conrelid AND a.attrelid = i.oid
            GROUP BY t.relname
        ) THEN true END)
FROM pg_constraint c
JOIN pg_class r ON r.oid = c.conrelid AND r.relpersistence <> 't' -- other sessions' come and go while this reads
LEFT JOIN pg_index x ON c.contype IN ('p', 'u', 'x') AND x.indexrelid = c.conindid
LEFT JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.contype IN ('c', 'p', 'u', 'f', 'x') AND c.conrelid <> 0 AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = c.conparentid AND k.conrelid = c.conrelid)
