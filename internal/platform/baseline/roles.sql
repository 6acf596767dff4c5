-- Roles with their attributes and settings. supabase_admin is the bootstrap superuser that runs these files.
-- Left out because their libraries exist on the platform only: session_preload_libraries of postgres and authenticator.

ALTER ROLE supabase_admin LOGIN CREATEROLE CREATEDB REPLICATION BYPASSRLS PASSWORD 'postgres';
ALTER ROLE supabase_admin SET search_path TO "$user", public, auth, extensions;
ALTER ROLE supabase_admin SET log_statement = 'none';

-- Migrations run as this role. Its search_path names a schema "\$user" on the platform too: a typing error that stayed.
CREATE ROLE postgres LOGIN CREATEROLE CREATEDB REPLICATION BYPASSRLS PASSWORD 'postgres';
ALTER ROLE postgres SET search_path TO "\$user", public, extensions;

-- The roles of the API: PostgREST connects as authenticator and becomes one of the other three.
CREATE ROLE anon;
ALTER ROLE anon SET statement_timeout = '3s';
CREATE ROLE authenticated;
ALTER ROLE authenticated SET statement_timeout = '8s';
CREATE ROLE service_role BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT PASSWORD 'postgres';
ALTER ROLE authenticator SET statement_timeout = '8s';
ALTER ROLE authenticator SET lock_timeout = '8s';
GRANT anon, authenticated, service_role TO authenticator;

-- The services' own roles.
CREATE ROLE supabase_auth_admin LOGIN NOINHERIT CREATEROLE PASSWORD 'postgres';
ALTER ROLE supabase_auth_admin SET search_path = auth;
ALTER ROLE supabase_auth_admin SET idle_in_transaction_session_timeout = 60000;
CREATE ROLE supabase_storage_admin LOGIN NOINHERIT CREATEROLE PASSWORD 'postgres';
ALTER ROLE supabase_storage_admin SET search_path = storage;
GRANT authenticator TO supabase_storage_admin;
CREATE ROLE supabase_functions_admin LOGIN NOINHERIT CREATEROLE PASSWORD 'postgres';
ALTER ROLE supabase_functions_admin SET search_path = supabase_functions;
CREATE ROLE supabase_realtime_admin LOGIN NOINHERIT CREATEROLE REPLICATION PASSWORD 'postgres';
ALTER ROLE supabase_realtime_admin SET search_path = realtime;
GRANT anon, authenticated, service_role TO supabase_realtime_admin;
CREATE ROLE supabase_replication_admin LOGIN REPLICATION PASSWORD 'postgres';
CREATE ROLE supabase_etl_admin LOGIN REPLICATION PASSWORD 'postgres';
CREATE ROLE supabase_read_only_user LOGIN BYPASSRLS PASSWORD 'postgres';
GRANT pg_read_all_data TO supabase_read_only_user;
CREATE ROLE pgbouncer LOGIN PASSWORD 'postgres';
CREATE ROLE dashboard_user CREATEROLE CREATEDB REPLICATION;
CREATE ROLE pgtle_admin;

-- What postgres is a member of.
GRANT anon, authenticated, service_role, pgtle_admin TO postgres;
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres;
GRANT supabase_functions_admin, supabase_realtime_admin TO postgres;

-- The platform's own extension lets postgres make policies and triggers on the services' tables and change the settings
-- of the API roles. Here membership does: a little wider than the platform, since it makes postgres their owner.
GRANT supabase_auth_admin, supabase_storage_admin TO postgres;
GRANT authenticator TO postgres WITH ADMIN OPTION;
ALTER ROLE postgres SET storage.allow_delete_query = 'true';
