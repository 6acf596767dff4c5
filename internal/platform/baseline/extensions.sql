-- The extensions that every project holds. postgres owns them, so that COMMENT ON, ALTER and DROP EXTENSION in a
-- migration work without the platform's own extension behind them.

SET LOCAL ROLE postgres;
CREATE EXTENSION "uuid-ossp" SCHEMA extensions;
CREATE EXTENSION pgcrypto SCHEMA extensions;
RESET ROLE;

-- Not a trusted extension: whoever creates it, and so owns it, has to be a superuser at that moment.
ALTER ROLE postgres SUPERUSER;
SET LOCAL ROLE postgres;
CREATE EXTENSION pg_stat_statements SCHEMA extensions;
RESET ROLE;
ALTER ROLE postgres NOSUPERUSER;
