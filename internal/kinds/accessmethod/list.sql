SELECT 'pg_am'::regclass::oid, a.oid, 0, a.amname, 0, 0, 0,
    jsonb_build_object('type', a.amtype, 'handler', a.amhandler::regproc::text),
    NULL::jsonb
FROM pg_am a
WHERE a.oid >= 16384
