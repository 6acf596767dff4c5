-- Large objects; what is in them is data. pg_depend and its like have them under pg_largeobject.
SELECT 'pg_largeobject'::regclass::oid, l.oid, 0, l.oid::text, 0, 0, 0, '{}'::jsonb, NULL::jsonb
FROM pg_largeobject_metadata l
WHERE l.oid >= 16384
