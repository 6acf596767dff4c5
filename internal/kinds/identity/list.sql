-- Identity columns, by their sequences. What is as by default is not there.
SELECT 'pg_class'::regclass::oid, s.seqrelid, 0, NULL::text, 'pg_class'::regclass::oid, a.attrelid, a.attnum,
    concat('{"generated":', CASE a.attidentity WHEN 'a' THEN '"ALWAYS"' ELSE '"BY DEFAULT"' END,
        ',"name":' || to_json(nullif(c.relname, r.relname || '_' || a.attname || '_seq')),
        ',"start":' || nullif(s.seqstart, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END),
        ',"increment":' || nullif(s.seqincrement, 1),
        ',"min":' || nullif(s.seqmin, CASE WHEN s.seqincrement > 0 THEN 1 ELSE -t.top - 1 END),
        ',"max":' || nullif(s.seqmax, CASE WHEN s.seqincrement > 0 THEN t.top ELSE -1 END),
        ',"cache":' || nullif(s.seqcache, 1),
        CASE WHEN s.seqcycle THEN ',"cycle":true' END,
        CASE WHEN c.relpersistence <> r.relpersistence AND current_setting('server_version_num')::int >= 150000
            THEN ',"persistence":' || to_json(c.relpersistence) END,
    '}'),
    concat('{"type":', to_json(format_type(s.seqtypid, NULL)), ',"schema":', to_json(n.nspname), ',"sequence":', to_json(c.relname), '}')
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype = 'i' AND d.refclassid = 'pg_class'::regclass
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
JOIN pg_class r ON r.oid = a.attrelid
JOIN (VALUES (21, 32767), (23, 2147483647), (20, 9223372036854775807)) t (oid, top) ON t.oid = s.seqtypid
WHERE c.relpersistence <> 't' AND s.seqrelid >= 16384
