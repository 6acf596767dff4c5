SELECT format('%I.%I(%s) -> %s, %s%s, owner %s', nspname, proname, pg_get_function_arguments(p.oid),
    pg_get_function_result(p.oid), CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    CASE WHEN prosecdef THEN ' definer' ELSE '' END, proowner::regrole)
    || coalesce(', to ' || (
        SELECT string_agg(CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
            || CASE WHEN is_grantable THEN '*' ELSE '' END, ' ' ORDER BY grantee::regrole::text)
        FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee <> proowner
    ), '')
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = pronamespace
WHERE (nspname !~ '^pg_' AND nspname <> 'information_schema' OR p.oid >= 16384)
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
