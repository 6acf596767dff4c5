-- Foreign data wrappers of many services. Here they can be named, and foreign tables made with them; reading fails.

CREATE TABLE wrappers_fdw_stats (
    fdw_name text NOT NULL PRIMARY KEY,
    create_times bigint,
    rows_in bigint,
    rows_out bigint,
    bytes_in bigint,
    bytes_out bigint,
    metadata jsonb,
    created_at timestamptz NOT NULL DEFAULT timezone('utc', now()),
    updated_at timestamptz NOT NULL DEFAULT timezone('utc', now())
);

DO $do$
DECLARE
    service text;
BEGIN
    FOREACH service IN ARRAY ARRAY[
        'airtable', 'auth0', 'big_query', 'click_house', 'cognito', 'duckdb', 'firebase', 'hello_world', 'iceberg', 'logflare',
        'mssql', 'redis', 's3', 's3_vectors', 'stripe', 'wasm'
    ] LOOP
        -- A handler has to be a function of the server's own; this one refuses when a table is read.
        EXECUTE format('CREATE FUNCTION %I() RETURNS fdw_handler LANGUAGE internal STRICT AS ''fdw_handler_in''', service || '_fdw_handler');
        EXECUTE format(
            'CREATE FUNCTION %I(options text[], catalog oid) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$', service || '_fdw_validator');
        EXECUTE format(
            'CREATE FUNCTION %I() RETURNS TABLE (name text, version text, author text, website text) LANGUAGE sql AS
            $$ SELECT %L, NULL::text, NULL::text, NULL::text $$', service || '_fdw_meta', service);
    END LOOP;
END
$do$;
