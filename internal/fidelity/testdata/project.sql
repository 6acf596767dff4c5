-- Dumped from database version 15.8
-- Dumped by pg_dump version 17.6

\restrict 7aKq

SET statement_timeout = 0;
SET transaction_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE SCHEMA IF NOT EXISTS "auth";
ALTER SCHEMA "auth" OWNER TO "supabase_admin";
CREATE SCHEMA "public";
CREATE SCHEMA vault;
ALTER SCHEMA vault OWNER TO supabase_admin;
CREATE SCHEMA extensions;
ALTER SCHEMA extensions OWNER TO postgres;
CREATE EXTENSION IF NOT EXISTS "pg_net" WITH SCHEMA "extensions";
CREATE EXTENSION IF NOT EXISTS "supabase_vault" WITH SCHEMA "vault";
CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions;
-- CREATE PUBLICATION "supabase_realtime" WITH (publish = 'insert, update, delete, truncate');

CREATE FUNCTION auth.uid() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
  select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid;
$$;
ALTER FUNCTION auth.uid() OWNER TO supabase_auth_admin;

CREATE TABLE auth.instances (
    id uuid NOT NULL
);
ALTER TABLE auth.instances OWNER TO supabase_auth_admin;
COPY auth.instances (id) FROM stdin;
7e0a1cb2-6a3c-4a44-9a53-000000000001
\.
GRANT ALL ON TABLE auth.instances TO "a role";

CREATE TABLE public.places (at extensions.geometry);
CREATE POLICY mine ON auth.instances TO worker USING (true);

\unrestrict 7aKq
