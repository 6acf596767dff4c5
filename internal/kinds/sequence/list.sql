-- Sequences, but for those of identity columns. What is as by default is not there.
SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relname, 'pg_namespace'::regclass::oid, c.relnamespace, 0,
    jsonb_build_object(
        'type', nullif(format_type(s.seqtypid, NULL), 'bigint'),
        'start', nullif(s.seqstart, CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END),
        'increment', nullif(s.seqincrement, 1),
        'min', nullif(s.seqmin, CASE WHEN s.seqincrement > 0 THEN 1 ELSE -t.top - 1 END),
        'max', nullif(s.seqmax, CASE WHEN s.seqincrement > 0 THEN t.top ELSE -1 END),
        'cache', nullif(s.seqcache, 1),
        'cycle', CASE WHEN s.seqcycle THEN true END,
        'unlogged', CASE WHEN c.relpersistence = 'u' THEN true END
    ),
    jsonb_build_object('type', format_type(s.seqtypid, NULL))
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN (VALUES (21, 32767), (23, 2147483647), (20, 9223372036854775807)) t (oid, top) ON t.oid = s.seqtypid
WHERE c.relpersistence <> 't' AND s.seqrelid >= 16384 AND s.seqrelid NOT IN (
    SELECT d.objid FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'i' AND d.refclassid = 'pg_class'::regclass)
