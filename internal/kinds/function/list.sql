-- Functions, window functions among them. A function is named with the types of its arguments, as others are that have
-- the same name. A body is text, or (BEGIN ATOMIC, RETURN) what Postgres prints of it.
SELECT 'pg_proc'::regclass::oid, p.oid, 0, quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
    'pg_namespace'::regclass::oid, p.pronamespace, 0,
    jsonb_build_object(
        'arguments', nullif(pg_get_function_arguments(p.oid), ''),
        'returns', pg_get_function_result(p.oid),
        'language', l.lanname,
        'transforms', (SELECT jsonb_agg(format_type(t, NULL) ORDER BY i) FROM unnest(p.protrftypes) WITH ORDINALITY u (t, i)),
        'window', CASE WHEN p.prokind = 'w' THEN true END,
        'volatility', nullif(p.provolatile, 'v'),
        'strict', CASE WHEN p.proisstrict THEN true END,
        'leakproof', CASE WHEN p.proleakproof THEN true END,
        'security_definer', CASE WHEN p.prosecdef THEN true END,
        'parallel', nullif(p.proparallel, 'u'),
        'cost', nullif(p.procost, CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END),
        'rows', nullif(p.prorows, CASE WHEN p.proretset THEN 1000 ELSE 0 END),
        'support', CASE WHEN p.prosupport <> 0 THEN p.prosupport::regproc::text END,
        'config', p.proconfig,
        'body', CASE WHEN p.prosqlbody IS NULL THEN p.prosrc END,
        'library', p.probin,
        'atomic', CASE WHEN p.prosqlbody IS NOT NULL THEN pg_get_function_sqlbody(p.oid) END,
        'depends', (SELECT jsonb_agg(e.extname ORDER BY e.extname)
            FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x')
    ),
    jsonb_build_object(
        'name', p.proname,
        'identity', oidvectortypes(p.proargtypes),
        'defaults', p.pronargdefaults,
        'usual_cost', CASE WHEN l.lanname IN ('internal', 'c') THEN 1 ELSE 100 END,
        'arguments', CASE WHEN p.proargnames IS NOT NULL OR p.proallargtypes IS NOT NULL THEN (
            SELECT jsonb_agg(jsonb_build_array(coalesce(p.proargmodes[i], 'i'), coalesce(p.proargnames[i], ''), format_type(t, NULL)) ORDER BY i)
            FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY u (t, i)) END
    )
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'w') AND p.oid >= 16384
  AND NOT EXISTS ( -- what makes values of a range type comes with that
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
