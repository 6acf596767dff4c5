-- What domains check.
SELECT 'pg_constraint'::regclass::oid, c.oid, 0, c.conname, 'pg_type'::regclass::oid, c.contypid, 0,
    json_build_object(
        'definition', regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', ''),
        'not_valid', CASE WHEN NOT c.convalidated THEN true END
    ),
    NULL::jsonb
FROM pg_constraint c
WHERE c.contype = 'c' AND c.contypid <> 0 AND c.oid >= 16384
