-- Indexes that only the planner would see. Here none is seen.

CREATE FUNCTION hypopg_reset() RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT $$;
CREATE FUNCTION hypopg_reset_index() RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT $$;
CREATE FUNCTION hypopg_create_index(IN sql_order text, OUT indexrelid oid, OUT indexname text) RETURNS SETOF record
LANGUAGE sql VOLATILE STRICT AS $$ SELECT NULL::oid, NULL::text WHERE false $$;
CREATE FUNCTION hypopg_drop_index(IN indexid oid) RETURNS boolean LANGUAGE sql VOLATILE STRICT AS $$ SELECT false $$;
CREATE FUNCTION hypopg(
    OUT indexname text, OUT indexrelid oid, OUT indrelid oid, OUT innatts integer, OUT indisunique boolean,
    OUT indkey int2vector, OUT indcollation oidvector, OUT indclass oidvector, OUT indoption oidvector,
    OUT indexprs pg_node_tree, OUT indpred pg_node_tree, OUT amid oid
) RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT NULL::text, NULL::oid, NULL::oid, NULL::integer, NULL::boolean, NULL::int2vector, NULL::oidvector,
        NULL::oidvector, NULL::oidvector, NULL::pg_node_tree, NULL::pg_node_tree, NULL::oid
    WHERE false
$$;
CREATE FUNCTION hypopg_relation_size(IN indexid oid) RETURNS bigint LANGUAGE sql STABLE STRICT AS $$ SELECT NULL::bigint $$;
CREATE FUNCTION hypopg_get_indexdef(IN indexid oid) RETURNS text LANGUAGE sql STABLE STRICT AS $$ SELECT NULL::text $$;
CREATE FUNCTION hypopg_hide_index(IN indexid oid) RETURNS boolean LANGUAGE sql VOLATILE STRICT AS $$ SELECT false $$;
CREATE FUNCTION hypopg_unhide_index(IN indexid oid) RETURNS boolean LANGUAGE sql VOLATILE STRICT AS $$ SELECT false $$;
CREATE FUNCTION hypopg_unhide_all_indexes() RETURNS void LANGUAGE sql VOLATILE AS $$ SELECT $$;

CREATE VIEW hypopg_list_indexes AS
    SELECT h.indexrelid, h.indexname AS index_name, n.nspname AS schema_name, coalesce(c.relname, '<dropped>') AS table_name,
        am.amname AS am_name
    FROM hypopg() AS h
    LEFT JOIN pg_class AS c ON c.oid = h.indrelid
    LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_am AS am ON am.oid = h.amid;
CREATE VIEW hypopg_hidden_indexes AS
    SELECT h.indexrelid AS indexrelid, NULL::name AS index_name, NULL::name AS schema_name, NULL::name AS table_name,
        NULL::name AS am_name, false AS is_hypo
    FROM hypopg() AS h;
GRANT SELECT ON hypopg_list_indexes, hypopg_hidden_indexes TO PUBLIC;
