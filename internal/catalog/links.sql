-- Which object needs which (Postgres docs, pg_depend and pg_shdepend), beyond what initdb made.
SELECT classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype
FROM pg_depend
WHERE objid >= 16384
UNION ALL
SELECT classid, objid, objsubid, refclassid, refobjid, 0, deptype
FROM pg_shdepend
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND deptype NOT IN ('o', 'a', 'i') -- owners, grants: satellites
