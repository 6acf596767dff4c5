SELECT 'pg_language'::regclass::oid, l.oid, 0, l.lanname, 0, 0, 0,
    jsonb_build_object(
        'handler', nullif(l.lanplcallfoid::regproc::text, '-'),
        'inline', nullif(l.laninline::regproc::text, '-'),
        'validator', nullif(l.lanvalidator::regproc::text, '-'),
        'trusted', CASE WHEN l.lanpltrusted THEN true END
    ),
    NULL::jsonb
FROM pg_language l
WHERE l.oid >= 16384
