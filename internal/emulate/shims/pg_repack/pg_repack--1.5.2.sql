-- What the program pg_repack looks for in a database. Here it finds no table.

CREATE FUNCTION repack.version() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'pg_repack 1.5.2'::text $$;
CREATE FUNCTION repack.version_sql() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'pg_repack 1.5.2'::text $$;

CREATE VIEW repack.primary_keys AS
    SELECT indrelid, indexrelid FROM pg_index WHERE indisprimary AND false;
CREATE VIEW repack.tables AS
    SELECT c.oid::regclass::text AS relname, c.oid AS relid, c.reltoastrelid, NULL::text AS schemaname, NULL::oid AS pkid
    FROM pg_class AS c WHERE false;
