SELECT 'pg_foreign_data_wrapper'::regclass::oid, f.oid, 0, f.fdwname, 0, 0, 0,
    jsonb_build_object(
        'handler', CASE WHEN f.fdwhandler <> 0 THEN f.fdwhandler::regproc::text END,
        'validator', CASE WHEN f.fdwvalidator <> 0 THEN f.fdwvalidator::regproc::text END,
        'options', (SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(f.fdwoptions) o)
    ),
    NULL::jsonb
FROM pg_foreign_data_wrapper f
WHERE f.oid >= 16384
