-- Indexes, without those that stand behind a constraint. The definition of those that have nothing but columns, or a
-- condition besides, is put together here, as pg_get_indexdef() does it: that looks up each one's table, columns and
-- operator classes anew.
SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relname, 'pg_class'::regclass::oid, x.indrelid, 0,
    concat('{"definition":', coalesce(to_json(coalesce(
            CASE WHEN c.relkind = 'i' AND x.indexprs IS NULL
                AND (NOT x.indisunique OR to_jsonb(x) ->> 'indnullsnotdistinct' IS DISTINCT FROM 'true') -- since 15
                AND c.relam IN (403, 405) -- btree and hash: no operator class of the server's own has parameters for them
                AND (x.indpred IS NULL OR pg_get_expr(x.indpred, x.indrelid) NOT LIKE '%CASE%') -- it comes in several lines; null where the table has just gone
            THEN (
                SELECT format('CREATE %sINDEX %I ON %I.%I USING %I (%s)%s', CASE WHEN x.indisunique THEN 'UNIQUE ' END, c.relname, n.nspname, t.relname, m.amname,
                    string_agg(quote_ident(a.attname), ', ' ORDER BY k.n), ' WHERE ' || pg_get_expr(x.indpred, x.indrelid))
                FROM unnest(x.indkey, x.indclass, x.indcollation, x.indoption) WITH ORDINALITY k (attnum, opclass, coll, option, n)
                JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum
                LEFT JOIN pg_opclass o ON o.oid = k.opclass AND o.oid < 16384
                HAVING bool_and(coalesce(o.opcdefault AND o.opcintype = a.atttypid AND k.coll = a.attcollation AND k.option = 0, false))
            ) END,
            CASE WHEN c.reloptions IS NULL THEN pg_get_indexdef(c.oid) ELSE regexp_replace(pg_get_indexdef(c.oid), ' WITH \([^()]*\)', '') END
        )), 'null'),
        CASE WHEN c.reloptions IS NOT NULL THEN ',"options":' || (
            SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1))::text FROM unnest(c.reloptions) o) END,
        CASE WHEN c.reltablespace <> 0 THEN ',"tablespace":' || (SELECT to_json(s.spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace) END,
        CASE WHEN NOT x.indisvalid THEN ',"invalid":true' END,
        CASE WHEN x.indisreplident THEN ',"replica_identity":true' END,
        CASE WHEN x.indisclustered THEN ',"cluster":true' END,
        CASE WHEN x.indexprs IS NOT NULL THEN ',"statistics":' || (
            SELECT jsonb_object_agg(a.attnum, a.attstattarget)::text
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget <> -1
        ) END,
    '}'),
    concat('{"unique":', to_json(x.indisunique), ',"partitioned":', to_json(c.relkind = 'I'),
        CASE WHEN c.relispartition THEN ',"inherited":true' END,
        CASE WHEN c.relispartition AND c.relname = (
            SELECT t.relname || '_' || string_agg(a.attname, '_' ORDER BY a.attnum) || '_idx'
            FROM pg_attribute a WHERE a.attrelid = c.oid
        ) THEN ',"usual":true' END,
    '}')
FROM pg_index x
JOIN pg_class c ON c.oid = x.indexrelid
JOIN pg_am m ON m.oid = c.relam
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE c.relpersistence <> 't' AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = x.indrelid)
