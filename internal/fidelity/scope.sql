-- What the platform's objects are among. Each section of facts.sql is run behind this, in a read-only transaction with
-- an empty search_path, so that every name comes with its schema.
WITH members AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), spaces AS ( -- schemas that start with "_" are of a local installation's other services
    SELECT n.oid, n.nspname, pg_get_userbyid(n.nspowner) AS owner, n.nspacl
    FROM pg_namespace AS n
    WHERE n.nspname IN (
            'public', 'auth', 'storage', 'realtime', 'vault', 'extensions', 'graphql', 'graphql_public', 'pgbouncer',
            'supabase_functions'
        )
        OR n.nspname !~ '^(pg_|_|information_schema$|supabase_migrations$)'
        AND pg_get_userbyid(n.nspowner) ~ '^(supabase_|pgbouncer)'
        AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_namespace'::regclass AND objid = n.oid)
), rooms AS ( -- the schemas whose objects are the platform's; those of public are the user's
    SELECT oid, nspname, owner FROM spaces WHERE nspname <> 'public'
), relations AS ( -- what an extension made comes with it, save the vault, which is the platform's own; the day's messages come and go
    SELECT c.*, s.nspname, pg_get_userbyid(c.relowner) AS owner, pg_get_userbyid(c.relowner) = 'postgres' AS own
    FROM pg_class AS c
    JOIN rooms AS s ON s.oid = c.relnamespace
    WHERE (s.nspname = 'vault' OR NOT EXISTS (SELECT FROM members WHERE classid = 'pg_class'::regclass AND objid = c.oid))
        AND NOT (s.nspname = 'realtime' AND c.relname ~ '^messages_\d{4}_\d\d_\d\d')
), tables AS (
    SELECT * FROM relations WHERE relkind IN ('r', 'p', 'f', 'v', 'm')
), roles AS ( -- those whose names say that no user made them
    SELECT oid, rolname FROM pg_roles
    WHERE rolname ~ '^(pg_|supabase_|pgsodium_|pgbouncer|pgtle_|dashboard_)'
        OR rolname IN ('postgres', 'anon', 'authenticated', 'authenticator', 'service_role')
)
