-- Who is who on a foreign server. Postgres shows the options to the mapped user, the server's owner and superusers.
SELECT 'pg_user_mapping'::regclass::oid, u.umid, 0, CASE WHEN u.umuser = 0 THEN 'PUBLIC' ELSE u.usename END,
    'pg_foreign_server'::regclass::oid, u.srvid, 0,
    jsonb_build_object('options', (SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(u.umoptions) o)),
    NULL::jsonb
FROM pg_user_mappings u
WHERE u.umid >= 16384
