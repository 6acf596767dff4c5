-- Policies. One that an extension's script made is the extension's, though pg_depend says nothing of it: the script went on
-- to make members in the same transaction. pg_cron's are also known as they are: pg_upgrade makes them anew.
SELECT 'pg_policy'::regclass::oid, p.oid, 0, p.polname, 'pg_class'::regclass::oid, p.polrelid, 0,
    concat('{"restrictive":', CASE WHEN p.polpermissive THEN 'null' ELSE 'true' END,
        CASE p.polcmd
            WHEN 'r' THEN ',"command":"SELECT"' WHEN 'a' THEN ',"command":"INSERT"'
            WHEN 'w' THEN ',"command":"UPDATE"' WHEN 'd' THEN ',"command":"DELETE"'
        END,
        CASE WHEN p.polroles <> '{0}' THEN ',"roles":' || (
            SELECT json_agg(pg_get_userbyid(r) ORDER BY pg_get_userbyid(r))::text FROM unnest(p.polroles) r) END,
        ',"using":' || to_json(pg_get_expr(p.polqual, p.polrelid)),
        ',"check":' || to_json(pg_get_expr(p.polwithcheck, p.polrelid)),
    '}'),
    NULL
FROM pg_policy p
WHERE p.oid >= 16384
  AND NOT EXISTS (
    SELECT FROM pg_depend t
    JOIN pg_depend m ON m.refclassid = t.refclassid AND m.refobjid = t.refobjid AND m.deptype = 'e'
    WHERE t.classid = 'pg_class'::regclass AND t.objid = p.polrelid AND t.deptype = 'e' AND m.refclassid = 'pg_extension'::regclass
      AND (m.xmin = p.xmin AND m.objid > p.oid
        OR p.polname IN ('cron_job_policy', 'cron_job_run_details_policy')
          AND pg_get_expr(p.polqual, p.polrelid) = '(username = CURRENT_USER)'
          AND m.refobjid = (SELECT e.oid FROM pg_extension e WHERE e.extname = 'pg_cron')))
