SELECT 'pg_foreign_server'::regclass::oid, s.oid, 0, s.srvname, 0, 0, 0,
    jsonb_build_object(
        'wrapper', f.fdwname, 'type', s.srvtype, 'version', s.srvversion,
        'options', (SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(s.srvoptions) o)
    ),
    NULL::jsonb
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
WHERE s.oid >= 16384
