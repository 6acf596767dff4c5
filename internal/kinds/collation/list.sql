-- Collations. Which version the operating system has of one is no property of the schema.
SELECT 'pg_collation'::regclass::oid, c.oid, 0, c.collname, 'pg_namespace'::regclass::oid, c.collnamespace, 0,
    json_build_object(
        'provider', c.collprovider,
        'locale', coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'),
        'collate', c.collcollate,
        'ctype', c.collctype,
        'not_deterministic', CASE WHEN NOT c.collisdeterministic THEN true END,
        'rules', to_jsonb(c) ->> 'collicurules'
    ),
    NULL::jsonb
FROM pg_collation c
WHERE c.oid >= 16384 AND c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))
