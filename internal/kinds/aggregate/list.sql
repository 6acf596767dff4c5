-- Aggregates. What each parameter of CREATE AGGREGATE says has its name.
SELECT 'pg_proc'::regclass::oid, p.oid, 0, quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
    'pg_namespace'::regclass::oid, p.pronamespace, 0,
    jsonb_build_object(
        'arguments', coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'),
        'returns', format_type(p.prorettype, NULL),
        'sort', nullif(a.aggkind, 'n'),
        'direct', nullif(a.aggnumdirectargs, 0),
        'sfunc', a.aggtransfn::text,
        'stype', format_type(a.aggtranstype, NULL),
        'sspace', nullif(a.aggtransspace, 0),
        'finalfunc', nullif(a.aggfinalfn::text, '-'),
        'finalfunc_extra', CASE WHEN a.aggfinalextra THEN true END,
        'finalfunc_modify', m.words ->> nullif(a.aggfinalmodify, m.usual)::text,
        'combinefunc', nullif(a.aggcombinefn::text, '-'),
        'serialfunc', nullif(a.aggserialfn::text, '-'),
        'deserialfunc', nullif(a.aggdeserialfn::text, '-'),
        'initcond', a.agginitval,
        'msfunc', nullif(a.aggmtransfn::text, '-'),
        'minvfunc', nullif(a.aggminvtransfn::text, '-'),
        'mstype', CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END,
        'msspace', nullif(a.aggmtransspace, 0),
        'mfinalfunc', nullif(a.aggmfinalfn::text, '-'),
        'mfinalfunc_extra', CASE WHEN a.aggmfinalextra THEN true END,
        'mfinalfunc_modify', m.words ->> nullif(a.aggmfinalmodify, m.usual)::text,
        'minitcond', a.aggminitval,
        'sortop', 'OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')',
        'parallel', CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END
    ),
    jsonb_build_object(
        'name', p.proname,
        'identity', coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*'),
        'types', oidvectortypes(p.proargtypes),
        'arguments', CASE WHEN p.proargnames IS NOT NULL THEN (
            SELECT jsonb_agg(jsonb_build_array('i', coalesce(p.proargnames[i], ''), format_type(t, NULL)) ORDER BY i)
            FROM unnest(p.proargtypes) WITH ORDINALITY u (t, i)) END
    )
FROM pg_proc p
JOIN pg_aggregate a ON a.aggfnoid = p.oid
LEFT JOIN pg_operator o ON o.oid = a.aggsortop
LEFT JOIN pg_namespace n ON n.oid = o.oprnamespace
CROSS JOIN LATERAL (
    SELECT '{"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}'::jsonb, CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END::"char"
) m (words, usual)
WHERE p.oid >= 16384
