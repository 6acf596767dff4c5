SELECT 'pg_class'::regclass::oid, c.oid, 0, c.relname, 'pg_namespace'::regclass::oid, c.relnamespace, 0,
    jsonb_build_object(
        'server', s.srvname,
        'options', (SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(f.ftoptions) o)
    ),
    NULL::jsonb
FROM pg_foreign_table f
JOIN pg_class c ON c.oid = f.ftrelid
JOIN pg_foreign_server s ON s.oid = f.ftserver
WHERE c.oid >= 16384
