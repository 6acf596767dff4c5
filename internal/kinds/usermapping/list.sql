-- Who is who on a foreign server. Postgres shows the options to the mapped user, the server's owner and superusers.
SELECT 'pg_user_mapping'::regclass::oid, u.umid, 0, CASE WHEN u.umuser = 0 THEN 'PUBLIC' ELSE u.usename END,
    'pg_foreign_server'::regclass::oid, u.srvid, 0,
    jsonb_build_object('options', (SELECT jsonb_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(u.umoptions) o)),
    jsonb_build_object('hidden', CASE WHEN u.umoptions IS NULL
        AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
        AND NOT (u.umuser = 0 AND pg_has_role((SELECT s.srvowner FROM pg_foreign_server s WHERE s.oid = u.srvid), 'USAGE'))
        AND NOT (u.usename = current_user AND has_server_privilege(u.srvid, 'USAGE')) THEN true END)
FROM pg_user_mappings u
WHERE u.umid >= 16384
