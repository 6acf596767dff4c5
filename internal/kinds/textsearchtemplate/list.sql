SELECT 'pg_ts_template'::regclass::oid, t.oid, 0, t.tmplname, 'pg_namespace'::regclass::oid, t.tmplnamespace, 0,
    jsonb_build_object('init', nullif(t.tmplinit::regproc::text, '-'), 'lexize', t.tmpllexize::regproc::text),
    NULL::jsonb
FROM pg_ts_template t
WHERE t.oid >= 16384
