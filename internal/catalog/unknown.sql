-- What objects that no kind reads are, without what Postgres made by itself, what is inherited, what is in the server's own
-- schemas, NOT NULL of 18, which is said of the column, and operators that are named by others and were never made.
SELECT u.class::regclass::text, i.identity
FROM unnest($1::oid[], $2::oid[]) u (class, oid)
CROSS JOIN LATERAL pg_identify_object(u.class, u.oid, 0) i
WHERE i.identity IS NOT NULL
  AND coalesce(i.schema, '') NOT IN ('pg_catalog', 'information_schema') AND coalesce(i.schema, '') NOT LIKE 'pg\_%'
  AND i.identity NOT LIKE '% on pg\_%'
  AND (u.class <> 'pg_namespace'::regclass OR i.identity NOT LIKE 'pg\_%')
  AND NOT EXISTS (
    SELECT FROM pg_constraint c
    WHERE u.class = 'pg_constraint'::regclass AND c.oid = u.oid AND (c.contype = 'n' OR c.conparentid <> 0 OR NOT c.conislocal))
  AND NOT EXISTS (SELECT FROM pg_trigger t WHERE u.class = 'pg_trigger'::regclass AND t.oid = u.oid AND (t.tgisinternal OR t.tgparentid <> 0))
  AND NOT EXISTS (SELECT FROM pg_operator o WHERE u.class = 'pg_operator'::regclass AND o.oid = u.oid AND o.oprcode = 0)
ORDER BY 1, 2
