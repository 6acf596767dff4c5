SELECT 'pg_conversion'::regclass::oid, c.oid, 0, c.conname, 'pg_namespace'::regclass::oid, c.connamespace, 0,
    jsonb_build_object(
        'from', pg_encoding_to_char(c.conforencoding),
        'to', pg_encoding_to_char(c.contoencoding),
        'function', c.conproc::regproc::text,
        'default', CASE WHEN c.condefault THEN true END
    ),
    NULL::jsonb
FROM pg_conversion c
WHERE c.oid >= 16384
