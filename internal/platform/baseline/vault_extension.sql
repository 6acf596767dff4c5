-- Secrets, where the server has the extension, real or not. It belongs to postgres as the other ones do.

DO $$
DECLARE
    by_postgres constant boolean := (
        SELECT NOT superuser OR trusted
        FROM pg_available_extension_versions AS v JOIN pg_available_extensions AS e ON e.default_version = v.version
        WHERE v.name = 'supabase_vault' AND e.name = v.name
    );
BEGIN
    IF NOT by_postgres THEN
        ALTER ROLE postgres SUPERUSER;
    END IF;
    SET LOCAL ROLE postgres;
    CREATE EXTENSION supabase_vault SCHEMA vault;
    RESET ROLE;
    ALTER ROLE postgres NOSUPERUSER;
END
$$;
