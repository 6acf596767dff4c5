-- Procedures. They are addressed with the modes of their arguments: without them, p(integer, integer) could also be one
-- of which an argument is OUT.
SELECT 'pg_proc'::regclass::oid, p.oid, 0, quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
    'pg_namespace'::regclass::oid, p.pronamespace, 0,
    jsonb_build_object(
        'arguments', nullif(pg_get_function_arguments(p.oid), ''),
        'language', l.lanname,
        'transforms', (SELECT jsonb_agg(format_type(t, NULL) ORDER BY i) FROM unnest(p.protrftypes) WITH ORDINALITY u (t, i)),
        'security_definer', CASE WHEN p.prosecdef THEN true END,
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
        'identity', (SELECT string_agg('IN ' || format_type(t, NULL), ', ' ORDER BY i) FROM unnest(p.proargtypes) WITH ORDINALITY u (t, i)),
        'defaults', p.pronargdefaults,
        'arguments', CASE WHEN p.proargnames IS NOT NULL OR p.proallargtypes IS NOT NULL THEN (
            SELECT jsonb_agg(jsonb_build_array(coalesce(p.proargmodes[i], 'i'), coalesce(p.proargnames[i], ''), format_type(t, NULL)) ORDER BY i)
            FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY u (t, i)) END
    )
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind = 'p' AND p.oid >= 16384
