SELECT 'pg_rewrite'::regclass::oid, r.oid, 0, r.rulename, 'pg_class'::regclass::oid, r.ev_class, 0,
    jsonb_build_object('definition', rtrim(pg_get_ruledef(r.oid), ';'), 'enabled', nullif(r.ev_enabled, 'O')),
    NULL::jsonb
FROM pg_rewrite r
WHERE r.rulename <> '_RETURN' AND r.oid >= 16384
