-- Base types, and shells of which no more is there than a name. What is as CREATE TYPE has it by itself is left out.
SELECT 'pg_type'::regclass::oid, t.oid, 0, t.typname, 'pg_namespace'::regclass::oid, t.typnamespace, 0,
    CASE WHEN NOT t.typisdefined THEN '{"shell": true}' ELSE json_build_object(
        'input', t.typinput::regproc::text,
        'output', t.typoutput::regproc::text,
        'receive', CASE WHEN t.typreceive <> 0 THEN t.typreceive::regproc::text END,
        'send', CASE WHEN t.typsend <> 0 THEN t.typsend::regproc::text END,
        'typmod_in', CASE WHEN t.typmodin <> 0 THEN t.typmodin::regproc::text END,
        'typmod_out', CASE WHEN t.typmodout <> 0 THEN t.typmodout::regproc::text END,
        'analyze', CASE WHEN t.typanalyze <> 0 THEN t.typanalyze::regproc::text END,
        'subscript', CASE WHEN t.typsubscript <> 0 THEN t.typsubscript::regproc::text END,
        'length', CASE WHEN t.typlen <> -1 THEN t.typlen END,
        'by_value', CASE WHEN t.typbyval THEN true END,
        'alignment', CASE WHEN t.typalign <> 'i' THEN t.typalign END,
        'storage', CASE WHEN t.typstorage <> 'p' THEN t.typstorage END,
        'category', CASE WHEN t.typcategory <> 'U' THEN t.typcategory END,
        'preferred', CASE WHEN t.typispreferred THEN true END,
        'default', t.typdefault,
        'element', CASE WHEN t.typelem <> 0 THEN t.typelem::regtype::text END,
        'delimiter', CASE WHEN t.typdelim <> ',' THEN t.typdelim END,
        'collatable', CASE WHEN t.typcollation <> 0 THEN true END
    ) END,
    NULL::jsonb
FROM pg_type t
WHERE t.oid >= 16384 AND (t.typtype = 'p' OR t.typtype = 'b' AND t.oid NOT IN (SELECT e.typarray FROM pg_type e))
