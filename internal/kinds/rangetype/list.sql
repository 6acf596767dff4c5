-- Range types. Their multirange types come with them, and so do the functions that make values of both.
SELECT 'pg_type'::regclass::oid, t.oid, 0, t.typname, 'pg_namespace'::regclass::oid, t.typnamespace, 0,
    json_build_object(
        'subtype', r.rngsubtype::regtype::text,
        'opclass', CASE WHEN NOT o.opcdefault THEN quote_ident(n.nspname) || '.' || quote_ident(o.opcname) END,
        'collation', CASE WHEN r.rngcollation <> s.typcollation THEN r.rngcollation::regcollation::text END,
        'canonical', CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::regproc::text END,
        'subtype_diff', CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::regproc::text END,
        'multirange', m.typname
    ),
    NULL::jsonb
FROM pg_range r
JOIN pg_type t ON t.oid = r.rngtypid
JOIN pg_type s ON s.oid = r.rngsubtype
JOIN pg_type m ON m.oid = r.rngmultitypid
JOIN pg_opclass o ON o.oid = r.rngsubopc
JOIN pg_namespace n ON n.oid = o.opcnamespace
WHERE t.oid >= 16384
