-- GraphQL over the database's own schema. Here every query is answered with an error.

CREATE SEQUENCE graphql.seq_schema_version AS integer CYCLE;

CREATE FUNCTION graphql.resolve(
    query text, variables jsonb DEFAULT '{}', "operationName" text DEFAULT NULL, extensions jsonb DEFAULT NULL
) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT '{"errors": [{"message": "pg_graphql is emulated here: no query is answered"}]}'::jsonb
$$;
CREATE FUNCTION graphql._internal_resolve(
    query text, variables jsonb DEFAULT '{}', "operationName" text DEFAULT NULL, extensions jsonb DEFAULT NULL
) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
    SELECT graphql.resolve(query, variables, "operationName", extensions)
$$;
CREATE FUNCTION graphql.exception(message text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '22000', MESSAGE = message;
END
$$;
-- The object that a comment holds behind @graphql; an empty one where there is none.
CREATE FUNCTION graphql.comment_directive(comment_ text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(substring(comment_ FROM '@graphql\((.+?)\)')::jsonb, '{}')
$$;
CREATE FUNCTION graphql.get_schema_version() RETURNS integer LANGUAGE sql SECURITY DEFINER AS $$
    SELECT last_value FROM graphql.seq_schema_version
$$;
CREATE FUNCTION graphql.increment_schema_version() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM nextval('graphql.seq_schema_version');
END
$$;
CREATE EVENT TRIGGER graphql_watch_ddl ON ddl_command_end EXECUTE FUNCTION graphql.increment_schema_version();
CREATE EVENT TRIGGER graphql_watch_drop ON sql_drop EXECUTE FUNCTION graphql.increment_schema_version();

DO $$
DECLARE
    role name;
BEGIN
    FOR role IN SELECT rolname FROM pg_roles WHERE rolname IN ('postgres', 'anon', 'authenticated', 'service_role') LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA graphql TO %I', role);
        EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA graphql TO %I', role);
        EXECUTE format('GRANT ALL ON ALL FUNCTIONS IN SCHEMA graphql TO %I', role);
        EXECUTE format('GRANT ALL ON ALL SEQUENCES IN SCHEMA graphql TO %I', role);
    END LOOP;
END
$$;
