-- What a kind lists, without what belongs to an extension. The kind's own SELECT stands where the comment is.
SELECT l.class, l.oid, l.sub, l.name, l.pclass, l.poid, l.psub, l.attrs, l.info
FROM (
/* list */
) l (class, oid, sub, name, pclass, poid, psub, attrs, info)
WHERE /* of members */ OR (l.class, l.oid) NOT IN (SELECT e.classid, e.objid FROM pg_depend e WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e')
  AND (l.pclass, l.poid) NOT IN (SELECT e.classid, e.objid FROM pg_depend e WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e')
