SELECT 'pg_policy'::regclass::oid, p.oid, 0, p.polname, 'pg_class'::regclass::oid, p.polrelid, 0,
    jsonb_build_object(
        'command', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' END,
        'restrictive', CASE WHEN NOT p.polpermissive THEN true END,
        'roles', CASE WHEN p.polroles <> '{0}' THEN (SELECT jsonb_agg(pg_get_userbyid(r) ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r) END,
        'using', pg_get_expr(p.polqual, p.polrelid),
        'check', pg_get_expr(p.polwithcheck, p.polrelid)
    ),
    NULL::jsonb
FROM pg_policy p
WHERE p.oid >= 16384
