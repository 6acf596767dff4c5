-- What tells the services of changes, and what opens extensions to postgres and the API roles when they are created.
-- Comes last: from here on each change of a schema is announced. The functions that grant run as their owner, since
-- here postgres itself creates extensions; on the platform its own extension makes that a superuser's doing.

CREATE PUBLICATION supabase_realtime;
ALTER PUBLICATION supabase_realtime OWNER TO postgres;

-- PostgREST reads the schema again when it hears this.
CREATE FUNCTION extensions.pgrst_ddl_watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp') THEN
        NOTIFY pgrst, 'reload schema';
    END IF;
END
$$;
CREATE EVENT TRIGGER pgrst_ddl_watch ON ddl_command_end
    WHEN TAG IN (
        'CREATE SCHEMA', 'ALTER SCHEMA', 'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
        'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'CREATE VIEW', 'ALTER VIEW', 'CREATE MATERIALIZED VIEW',
        'ALTER MATERIALIZED VIEW', 'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE TRIGGER', 'CREATE TYPE', 'ALTER TYPE',
        'CREATE RULE', 'COMMENT'
    )
    EXECUTE FUNCTION extensions.pgrst_ddl_watch();

CREATE FUNCTION extensions.pgrst_drop_watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_event_trigger_dropped_objects()
        WHERE NOT is_temporary AND object_type IN (
            'schema', 'table', 'foreign table', 'view', 'materialized view', 'function', 'trigger', 'type', 'rule'
        )
    ) THEN
        NOTIFY pgrst, 'reload schema';
    END IF;
END
$$;
CREATE EVENT TRIGGER pgrst_drop_watch ON sql_drop EXECUTE FUNCTION extensions.pgrst_drop_watch();

-- pg_cron: everything in its schema is postgres's to use and to pass on, but jobs are changed through functions only.
CREATE FUNCTION extensions.grant_pg_cron_access() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_event_trigger_ddl_commands() WHERE object_type = 'extension' AND object_identity = 'pg_cron'
    ) AND to_regnamespace('cron') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA cron TO postgres WITH GRANT OPTION;
        GRANT ALL ON ALL FUNCTIONS IN SCHEMA cron TO postgres WITH GRANT OPTION;
        GRANT ALL ON ALL TABLES IN SCHEMA cron TO postgres WITH GRANT OPTION;
        IF to_regclass('cron.job') IS NOT NULL THEN
            REVOKE ALL ON cron.job FROM postgres;
            GRANT SELECT ON cron.job TO postgres WITH GRANT OPTION;
        END IF;
    END IF;
END
$$;
CREATE EVENT TRIGGER issue_pg_cron_access ON ddl_command_end
    WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION extensions.grant_pg_cron_access();

-- pg_net: the API roles may send requests, through functions that write to the queue as their owner.
CREATE FUNCTION extensions.grant_pg_net_access() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    request regprocedure;
BEGIN
    IF EXISTS (
        SELECT FROM pg_event_trigger_ddl_commands() WHERE object_type = 'extension' AND object_identity = 'pg_net'
    ) AND to_regnamespace('net') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA net TO supabase_functions_admin, postgres, anon, authenticated, service_role;
        FOR request IN
            SELECT oid FROM pg_proc
            WHERE pronamespace = to_regnamespace('net') AND proname IN ('http_get', 'http_post', 'http_delete')
        LOOP
            EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = net', request);
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', request);
            EXECUTE format(
                'GRANT EXECUTE ON FUNCTION %s TO supabase_functions_admin, postgres, anon, authenticated, service_role',
                request
            );
        END LOOP;
    END IF;
END
$$;
CREATE EVENT TRIGGER issue_pg_net_access ON ddl_command_end
    WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION extensions.grant_pg_net_access();

-- pg_graphql: its function takes the place of the answer that it is not enabled. Made while the extension's script
-- runs, the new function is a member of the extension and goes with it.
CREATE FUNCTION extensions.grant_pg_graphql_access() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_event_trigger_ddl_commands() AS c JOIN pg_proc AS p ON p.oid = c.objid
        WHERE c.classid = 'pg_proc'::regclass AND c.in_extension
            AND p.proname = 'resolve' AND p.pronamespace = to_regnamespace('graphql')
    ) THEN
        GRANT ALL ON ALL FUNCTIONS IN SCHEMA graphql TO postgres, anon, authenticated, service_role;
        DROP FUNCTION IF EXISTS graphql_public.graphql(text, text, jsonb, jsonb);
        CREATE FUNCTION graphql_public.graphql(
            "operationName" text DEFAULT NULL, query text DEFAULT NULL, variables jsonb DEFAULT NULL,
            extensions jsonb DEFAULT NULL
        ) RETURNS jsonb LANGUAGE plpgsql AS $body$
        BEGIN
            RETURN graphql.resolve(
                query => query, variables => coalesce(variables, '{}'), "operationName" => "operationName",
                extensions => extensions
            );
        END
        $body$;
    END IF;
END
$$;
CREATE EVENT TRIGGER issue_pg_graphql_access ON ddl_command_end
    WHEN TAG IN ('CREATE FUNCTION') EXECUTE FUNCTION extensions.grant_pg_graphql_access();

-- The same function as in functions.sql, for when pg_graphql takes its own away.
CREATE FUNCTION extensions.set_graphql_placeholder() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_event_trigger_dropped_objects() WHERE object_type = 'extension' AND object_name = 'pg_graphql'
    ) AND to_regnamespace('graphql_public') IS NOT NULL
        AND to_regprocedure('graphql_public.graphql(text, text, jsonb, jsonb)') IS NULL
    THEN
        CREATE FUNCTION graphql_public.graphql(
            "operationName" text DEFAULT NULL, query text DEFAULT NULL, variables jsonb DEFAULT NULL,
            extensions jsonb DEFAULT NULL
        ) RETURNS jsonb LANGUAGE sql AS $body$
            SELECT jsonb_build_object('errors', jsonb_build_array(
                jsonb_build_object('message', 'pg_graphql extension is not enabled.')
            ))
        $body$;
    END IF;
END
$$;
CREATE EVENT TRIGGER issue_graphql_placeholder ON sql_drop
    WHEN TAG IN ('DROP EXTENSION') EXECUTE FUNCTION extensions.set_graphql_placeholder();
