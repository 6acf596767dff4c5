-- The body of a DO block for a statement about functions that the emulation of an extension may lack. Where it does, that
-- is said at INFO, which reaches us whatever client_min_messages is. Arguments: the statement, the extension, the schema
-- that the functions are looked for in ('' for any), the functions.
BEGIN
    EXECUTE %L;
EXCEPTION WHEN undefined_function OR undefined_object THEN
    IF SQLSTATE = '42704' AND SQLERRM NOT LIKE 'type %%'
        OR NOT EXISTS (
            SELECT FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
            WHERE e.extname = %L AND %L IN (n.nspname, '')
        )
    THEN
        RAISE;
    END IF;
    RAISE INFO USING ERRCODE = 'CA506', MESSAGE = %2$L, DETAIL = %4$L;
END
