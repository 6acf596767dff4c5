SELECT 'pg_opfamily'::regclass::oid, f.oid, 0, concat(f.opfname, ' USING ', a.amname), 'pg_namespace'::regclass::oid, f.opfnamespace, 0,
    '{}'::jsonb,
    jsonb_build_object('name', f.opfname, 'method', a.amname)
FROM pg_opfamily f
JOIN pg_am a ON a.oid = f.opfmethod
WHERE f.oid >= 16384
