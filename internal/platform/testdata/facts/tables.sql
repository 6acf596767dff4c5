WITH relations AS (
    SELECT c.*, nspname || '.' || relname AS name
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = relnamespace AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    WHERE relkind IN ('r', 'p', 'v') AND NOT relispartition
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
), granted AS (
    SELECT name, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS grantee,
        string_agg(privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END, ' ' ORDER BY array_position(
            '{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}', privilege_type
        )) AS privileges
    FROM relations, aclexplode(relacl)
    WHERE grantee <> relowner AND privilege_type <> 'MAINTAIN' -- from Postgres 17 on, and always with TRIGGER
    GROUP BY 1, 2
)
SELECT concat_ws(' ', name, 'owner', relowner::regrole, CASE WHEN relrowsecurity THEN 'rls' END,
    CASE WHEN relforcerowsecurity THEN 'forced' END, (SELECT count(*) || ' policies' FROM pg_policy WHERE polrelid = r.oid HAVING count(*) > 0))
FROM relations AS r
UNION ALL
SELECT concat_ws(' ', name, grantee, CASE privileges
    WHEN 'SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER' THEN 'ALL'
    WHEN 'SELECT* INSERT* UPDATE* DELETE* TRUNCATE* REFERENCES* TRIGGER*' THEN 'ALL*'
    ELSE privileges END)
FROM granted
