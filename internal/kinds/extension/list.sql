-- Extensions. A version that the server would take by itself is not said where one is made.
SELECT 'pg_extension'::regclass::oid, e.oid, 0, e.extname, 0, 0, 0,
    json_build_object('schema', n.nspname, 'version', e.extversion),
    json_build_object('relocatable', e.extrelocatable, 'default', a.default_version = e.extversion, 'comment', a.comment)
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_available_extensions() a ON a.name = e.extname
WHERE e.oid >= 16384
