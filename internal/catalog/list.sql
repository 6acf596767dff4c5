-- What a kind lists, without what belongs to an extension. The kind's own SELECT stands where the comment is.
SELECT l.class, l.oid, l.sub, l.name, l.pclass, l.poid, l.psub, jsonb_strip_nulls(l.attrs), jsonb_strip_nulls(l.info)
FROM (
/* list */
) l (class, oid, sub, name, pclass, poid, psub, attrs, info)
WHERE /* of members */ OR NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.classid = l.class AND e.objid = l.oid)
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.classid = l.pclass AND e.objid = l.poid)
