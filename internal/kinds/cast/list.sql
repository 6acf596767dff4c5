-- Casts, but for those that Postgres makes with a range type.
SELECT 'pg_cast'::regclass::oid, c.oid, 0, concat(format_type(c.castsource, NULL), ' AS ', format_type(c.casttarget, NULL)), 0, 0, 0,
    jsonb_build_object(
        'function', CASE WHEN c.castfunc <> 0 THEN c.castfunc::regprocedure::text END,
        'inout', CASE WHEN c.castmethod = 'i' THEN true END,
        'context', nullif(c.castcontext, 'e')
    ),
    NULL::jsonb
FROM pg_cast c
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')
