SELECT 'pg_ts_parser'::regclass::oid, p.oid, 0, p.prsname, 'pg_namespace'::regclass::oid, p.prsnamespace, 0,
    jsonb_build_object(
        'start', p.prsstart::regproc::text,
        'gettoken', p.prstoken::regproc::text,
        'end', p.prsend::regproc::text,
        'lextypes', p.prslextype::regproc::text,
        'headline', nullif(p.prsheadline::regproc::text, '-')
    ),
    NULL::jsonb
FROM pg_ts_parser p
WHERE p.oid >= 16384
