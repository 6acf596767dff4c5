-- Functions that the Realtime service calls to decide who hears of a changed row. The two that read the replication
-- slot have their names only: the service does not run here.

CREATE FUNCTION realtime."cast"(val text, type_ regtype) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    result jsonb;
BEGIN
    EXECUTE format('SELECT to_jsonb(%L::%s)', val, type_) INTO result;
    RETURN result;
END
$$;

-- Compares two values, given as text, as values of the type.
CREATE FUNCTION realtime.check_equality_op(op realtime.equality_op, type_ regtype, val_1 text, val_2 text)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    result boolean;
BEGIN
    IF op = 'in' THEN
        EXECUTE format('SELECT %L::%s = ANY (%L::%2$s[])', val_1, type_, val_2) INTO result;
    ELSE
        EXECUTE format(
            'SELECT %L::%s %s %L::%2$s', val_1, type_,
            CASE op WHEN 'eq' THEN '=' WHEN 'neq' THEN '<>' WHEN 'lt' THEN '<' WHEN 'lte' THEN '<='
                WHEN 'gt' THEN '>' WHEN 'gte' THEN '>=' END,
            val_2
        ) INTO result;
    END IF;
    RETURN result;
END
$$;

-- Whether a row passes every filter; without filters it does. A column that is not among those given passes none.
CREATE FUNCTION realtime.is_visible_through_filters(
    columns realtime.wal_column[], filters realtime.user_defined_filter[]
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM unnest(filters) AS f
        WHERE NOT EXISTS (
            SELECT FROM unnest(columns) AS c
            WHERE c.name = f.column_name AND realtime.check_equality_op(
                f.op, coalesce(c.type_oid::regtype, c.type_name::regtype), c.value #>> '{}', f.value
            )
        )
    )
$$;

-- A statement that prepares the question whether the row with that primary key can be seen.
CREATE FUNCTION realtime.build_prepared_statement_sql(
    prepared_statement_name text, entity regclass, columns realtime.wal_column[]
) RETURNS text LANGUAGE sql AS $$
    SELECT format(
        'PREPARE %s AS SELECT EXISTS (SELECT FROM %s WHERE %s)', prepared_statement_name, entity,
        string_agg(format('%I = %L', key.name, key.value #>> '{}'), ' AND ')
    )
    FROM unnest(columns) AS key
    WHERE key.is_pkey
    HAVING count(*) > 0
$$;

-- Names as wal2json's options want them: special characters behind a backslash, schema and table parted by a dot.
CREATE FUNCTION realtime.wal2json_escape_identifier(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT regexp_replace(name, '([\\ ,.*''"])', '\\\1', 'g')
$$;
CREATE FUNCTION realtime.quote_wal2json(entity regclass) RETURNS text LANGUAGE sql STABLE STRICT AS $$
    SELECT realtime.wal2json_escape_identifier(n.nspname) || '.' || realtime.wal2json_escape_identifier(c.relname)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = entity
$$;

-- A subscription may filter by columns that its role may read, with values of their types.
CREATE FUNCTION realtime.subscription_check_filters() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filter realtime.user_defined_filter;
    column_type regtype;
    role constant oid := realtime.to_regrole(NEW.claims ->> 'role'); -- claims_role is computed after this trigger
BEGIN
    FOREACH filter IN ARRAY NEW.filters LOOP
        SELECT atttypid INTO column_type FROM pg_attribute
        WHERE attrelid = NEW.entity AND attname = filter.column_name AND attnum > 0 AND NOT attisdropped
            AND has_column_privilege(role, attrelid, attnum, 'SELECT');
        IF column_type IS NULL THEN
            RAISE EXCEPTION 'invalid column for filter %', filter.column_name;
        END IF;
        IF filter.op = 'in' THEN
            PERFORM realtime."cast"(filter.value, (column_type::text || '[]')::regtype);
        ELSE
            PERFORM realtime."cast"(filter.value, column_type);
        END IF;
    END LOOP;
    -- In one order, so that the unique index sees that two subscriptions are the same.
    NEW.filters := ARRAY(SELECT f FROM unnest(NEW.filters) AS f ORDER BY f.column_name, f.op, f.value);
    RETURN NEW;
END
$$;
CREATE TRIGGER tr_check_filters BEFORE INSERT OR UPDATE ON realtime.subscription
    FOR EACH ROW EXECUTE FUNCTION realtime.subscription_check_filters();

CREATE FUNCTION realtime.apply_rls(wal jsonb, max_record_bytes integer DEFAULT 1048576)
RETURNS SETOF realtime.wal_rls LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'realtime.apply_rls works with the Realtime service only' USING ERRCODE = 'feature_not_supported';
END
$$;
CREATE FUNCTION realtime.list_changes(publication name, slot_name name, max_changes integer, max_record_bytes integer)
RETURNS SETOF realtime.wal_rls LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'realtime.list_changes works with the Realtime service only' USING ERRCODE = 'feature_not_supported';
END
$$;
