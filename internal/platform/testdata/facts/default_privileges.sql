WITH granted AS (
    SELECT defaclrole::regrole AS owner, nspname, grantee::regrole AS grantee,
        CASE defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' END AS kind,
        string_agg(privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END, ' ' ORDER BY array_position(
            '{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,USAGE,EXECUTE}', privilege_type
        )) AS privileges
    FROM pg_default_acl LEFT JOIN pg_namespace AS n ON n.oid = defaclnamespace, aclexplode(defaclacl)
    WHERE privilege_type <> 'MAINTAIN' -- from Postgres 17 on, and always with TRIGGER
    GROUP BY 1, 2, 3, 4
)
SELECT concat_ws(' ', owner, nspname, kind, grantee, CASE
    WHEN privileges IN ('SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER', 'SELECT UPDATE USAGE', 'EXECUTE') THEN 'ALL'
    WHEN privileges IN (
        'SELECT* INSERT* UPDATE* DELETE* TRUNCATE* REFERENCES* TRIGGER*', 'SELECT* UPDATE* USAGE*', 'EXECUTE*'
    ) THEN 'ALL*'
    ELSE privileges END)
FROM granted
