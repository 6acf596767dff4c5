-- The body of a DO block for a statement that calls functions which give options to indexes of shims. The functions are
-- without them meanwhile; everything else of a function, whatever ALTER FUNCTION made of it, is in its definition.
-- Arguments: the names of the functions, as an array, and the statement.
DECLARE
    options CONSTANT text := '(\musing\s+"?(?:hnsw|ivfflat|pgroonga)\M[^;]*?)\s*\mwith\s*\([^)]*\)';
    definitions text[] := ARRAY(
        SELECT pg_get_functiondef(oid) FROM pg_catalog.pg_proc
        WHERE proname = ANY (%L) AND prokind IN ('f', 'p') AND prosrc ~* options AND pg_has_role(proowner, 'USAGE')
    );
    definition text;
BEGIN
    FOREACH definition IN ARRAY definitions LOOP
        EXECUTE regexp_replace(definition, options, '\1', 'gi');
    END LOOP;
    EXECUTE %L;
    FOREACH definition IN ARRAY definitions LOOP
        EXECUTE definition;
    END LOOP;
END
