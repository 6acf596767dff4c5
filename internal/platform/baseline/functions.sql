-- Small schemas: graphql_public, supabase_functions, pgbouncer.

-- The platform no longer installs pg_graphql by itself; without it the API answers so.
CREATE FUNCTION graphql_public.graphql(
    "operationName" text DEFAULT NULL, query text DEFAULT NULL, variables jsonb DEFAULT NULL,
    extensions jsonb DEFAULT NULL
) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('errors', jsonb_build_array(
        jsonb_build_object('message', 'pg_graphql extension is not enabled.')
    ))
$$;

-- Database webhooks: the table of calls made, and the function that their triggers call.
CREATE TABLE supabase_functions.migrations (
    version text CONSTRAINT migrations_pkey PRIMARY KEY,
    inserted_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE supabase_functions.hooks (
    id bigserial CONSTRAINT hooks_pkey PRIMARY KEY,
    hook_table_id integer NOT NULL,
    hook_name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    request_id bigint
);
CREATE INDEX supabase_functions_hooks_request_id_idx ON supabase_functions.hooks (request_id);
CREATE INDEX supabase_functions_hooks_h_table_id_h_name_idx ON supabase_functions.hooks (hook_table_id, hook_name);

-- Trigger arguments: url, method, headers, params, timeout in milliseconds. Needs pg_net when it runs.
CREATE FUNCTION supabase_functions.http_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = supabase_functions AS $$
DECLARE
    url constant text := nullif(nullif(TG_ARGV[0], 'null'), '');
    method constant text := upper(nullif(nullif(TG_ARGV[1], 'null'), ''));
    headers constant jsonb := coalesce(nullif(nullif(TG_ARGV[2], 'null'), ''), '{"Content-Type": "application/json"}');
    params constant jsonb := coalesce(nullif(nullif(TG_ARGV[3], 'null'), ''), '{}');
    patience constant integer := coalesce(nullif(nullif(TG_ARGV[4], 'null'), ''), '1000');
    request bigint;
BEGIN
    IF url IS NULL THEN
        RAISE EXCEPTION 'the webhook has no url';
    END IF;
    CASE method
        WHEN 'GET' THEN
            SELECT net.http_get(url, params, headers, patience) INTO request;
        WHEN 'POST' THEN
            SELECT net.http_post(
                url,
                jsonb_build_object(
                    'type', TG_OP, 'table', TG_TABLE_NAME, 'schema', TG_TABLE_SCHEMA, 'record', NEW, 'old_record', OLD
                ),
                params, headers, patience
            ) INTO request;
        ELSE
            RAISE EXCEPTION 'the webhook''s method is %, not GET or POST', coalesce(method, 'missing');
    END CASE;
    INSERT INTO supabase_functions.hooks (hook_table_id, hook_name, request_id) VALUES (TG_RELID, TG_NAME, request);
    RETURN coalesce(NEW, OLD);
END
$$;

ALTER TABLE supabase_functions.migrations OWNER TO supabase_functions_admin;
ALTER TABLE supabase_functions.hooks OWNER TO supabase_functions_admin;
ALTER FUNCTION supabase_functions.http_request() OWNER TO supabase_functions_admin;
REVOKE ALL ON FUNCTION supabase_functions.http_request() FROM PUBLIC;

-- Lets the pooler look up a password hash.
CREATE FUNCTION pgbouncer.get_auth(p_usename text) RETURNS TABLE (username text, password text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT rolname::text, rolpassword
    FROM pg_catalog.pg_authid
    WHERE rolname = p_usename AND rolcanlogin AND (rolvaliduntil IS NULL OR rolvaliduntil > now())
$$;
REVOKE ALL ON FUNCTION pgbouncer.get_auth(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO pgbouncer;
