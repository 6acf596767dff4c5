-- $1 the database that was copied, $2 its copy
WITH original AS (
    SELECT oid, datacl, datconnlimit FROM pg_database WHERE datname = $1
), copied AS (
    UPDATE pg_database d
       SET datacl = o.datacl, datconnlimit = o.datconnlimit
      FROM original o
     WHERE d.datname = $2
       AND (d.datacl IS DISTINCT FROM o.datacl OR d.datconnlimit <> o.datconnlimit)
)
INSERT INTO pg_db_role_setting (setdatabase, setrole, setconfig)
SELECT d.oid, s.setrole, s.setconfig
  FROM pg_db_role_setting s
  JOIN original o ON o.oid = s.setdatabase
 CROSS JOIN pg_database d
 WHERE d.datname = $2
