WITH spaces AS (
    SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
)
SELECT concat_ws(' ', nspname, 'owner', nspowner::regrole) FROM spaces
UNION ALL
SELECT concat_ws(' ', nspname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
    string_agg(CASE privilege_type WHEN 'USAGE' THEN 'U' ELSE 'C' END || CASE WHEN is_grantable THEN '*' ELSE '' END, ''
        ORDER BY privilege_type DESC))
FROM spaces, aclexplode(nspacl)
WHERE grantee <> nspowner
GROUP BY nspname, grantee
