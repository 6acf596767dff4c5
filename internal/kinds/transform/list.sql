SELECT 'pg_transform'::regclass::oid, t.oid, 0, format('FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname), 0, 0, 0,
    jsonb_build_object(
        'from_sql', CASE WHEN t.trffromsql <> 0 THEN t.trffromsql::regprocedure::text END,
        'to_sql', CASE WHEN t.trftosql <> 0 THEN t.trftosql::regprocedure::text END
    ),
    NULL::jsonb
FROM pg_transform t
JOIN pg_language l ON l.oid = t.trflang
WHERE t.oid >= 16384
