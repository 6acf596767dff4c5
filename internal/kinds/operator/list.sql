-- Operators, but for those that only stand in for a commutator or negator yet to be made. A partner's names are those of
-- its own object.
WITH operators AS (
    SELECT o.*, n.nspname, format('OPERATOR(%I.%s)', n.nspname, o.oprname) AS reference,
        concat(o.oprname, '(', CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END, ', ', format_type(o.oprright, NULL), ')') AS name
    FROM pg_operator o
    JOIN pg_namespace n ON n.oid = o.oprnamespace
)
SELECT 'pg_operator'::regclass::oid, o.oid, 0, o.name, 'pg_namespace'::regclass::oid, o.oprnamespace, 0,
    jsonb_build_object(
        'function', o.oprcode::regproc::text,
        'commutator', c.reference,
        'negator', n.reference,
        'restrict', nullif(o.oprrest::regproc::text, '-'),
        'join', nullif(o.oprjoin::regproc::text, '-'),
        'hashes', CASE WHEN o.oprcanhash THEN true END,
        'merges', CASE WHEN o.oprcanmerge THEN true END
    ),
    jsonb_build_object(
        'operator', o.oprname, 'left', CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END, 'right', format_type(o.oprright, NULL),
        'commutator', CASE WHEN c.oid IS NOT NULL THEN jsonb_build_array(c.nspname, c.name) END,
        'negator', CASE WHEN n.oid IS NOT NULL THEN jsonb_build_array(n.nspname, n.name) END
    )
FROM operators o
LEFT JOIN operators c ON c.oid = o.oprcom
LEFT JOIN operators n ON n.oid = o.oprnegate
WHERE o.oid >= 16384 AND o.oprcode <> 0
