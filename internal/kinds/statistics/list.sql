-- Extended statistics, on their table. The name is qualified where they stand in another schema.
SELECT 'pg_statistic_ext'::regclass::oid, s.oid, 0,
    CASE WHEN s.stxnamespace = c.relnamespace THEN s.stxname::text ELSE format('%I.%I', n.nspname, s.stxname) END,
    'pg_class'::regclass::oid, s.stxrelid, 0,
    jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid), 'target', nullif(nullif(to_jsonb(s.stxstattarget), 'null'), '-1')),
    jsonb_build_object('schema', n.nspname, 'name', s.stxname)
FROM pg_statistic_ext s
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE s.oid >= 16384
