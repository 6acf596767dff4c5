-- An audit log of statements. Here nothing is logged; dumps name these two functions.

CREATE FUNCTION pgaudit_ddl_command_end() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = 'pg_catalog, pg_temp' AS $$
BEGIN
END
$$;
CREATE EVENT TRIGGER pgaudit_ddl_command_end ON ddl_command_end EXECUTE FUNCTION pgaudit_ddl_command_end();

CREATE FUNCTION pgaudit_sql_drop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = 'pg_catalog, pg_temp' AS $$
BEGIN
END
$$;
CREATE EVENT TRIGGER pgaudit_sql_drop ON sql_drop EXECUTE FUNCTION pgaudit_sql_drop();
