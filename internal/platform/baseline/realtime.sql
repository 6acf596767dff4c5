-- Broadcast messages and the subscriptions to changes of rows.

CREATE TYPE realtime.action AS ENUM ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'ERROR');
CREATE TYPE realtime.equality_op AS ENUM ('eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in');
CREATE TYPE realtime.user_defined_filter AS (column_name text, op realtime.equality_op, value text);
CREATE TYPE realtime.wal_column AS (
    name text, type_name text, type_oid oid, value jsonb, is_pkey boolean, is_selectable boolean
);
CREATE TYPE realtime.wal_rls AS (wal jsonb, is_rls_enabled boolean, subscription_ids uuid[], errors text[]);

CREATE FUNCTION realtime.to_regrole(role_name text) RETURNS regrole LANGUAGE sql IMMUTABLE AS $$
    SELECT role_name::regrole
$$;

CREATE TABLE realtime.schema_migrations (
    version bigint NOT NULL CONSTRAINT schema_migrations_pkey PRIMARY KEY,
    inserted_at timestamp(0)
);

CREATE TABLE realtime.subscription (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_subscription PRIMARY KEY,
    subscription_id uuid NOT NULL,
    entity regclass NOT NULL,
    filters realtime.user_defined_filter[] NOT NULL DEFAULT '{}',
    claims jsonb NOT NULL,
    claims_role regrole NOT NULL GENERATED ALWAYS AS (realtime.to_regrole(claims ->> 'role')) STORED,
    created_at timestamp NOT NULL DEFAULT timezone('utc', now()),
    action_filter text DEFAULT '*' CONSTRAINT subscription_action_filter_check
        CHECK (action_filter IN ('*', 'INSERT', 'UPDATE', 'DELETE')),
    selected_columns text[]
);
CREATE INDEX ix_realtime_subscription_entity ON realtime.subscription (entity);
CREATE UNIQUE INDEX subscription_subscription_id_entity_filters_action_filter_selec
    ON realtime.subscription (subscription_id, entity, filters, action_filter, coalesce(selected_columns, '{}'));
GRANT SELECT ON realtime.schema_migrations, realtime.subscription TO anon, authenticated, service_role;

CREATE TABLE realtime.messages (
    topic text NOT NULL,
    extension text NOT NULL,
    payload jsonb,
    event text,
    private boolean DEFAULT false,
    updated_at timestamp NOT NULL DEFAULT now(),
    inserted_at timestamp NOT NULL DEFAULT now(),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    binary_payload bytea,
    CONSTRAINT messages_pkey PRIMARY KEY (id, inserted_at)
) PARTITION BY RANGE (inserted_at);
ALTER TABLE realtime.messages ADD CONSTRAINT messages_payload_exclusive
    CHECK (payload IS NULL OR binary_payload IS NULL) NOT VALID;
CREATE INDEX messages_inserted_at_topic_index ON realtime.messages (inserted_at DESC, topic)
    WHERE extension = 'broadcast' AND private IS TRUE;
-- The Realtime service makes a partition for each day. Here one takes all days, so that a cached cluster does not age.
CREATE TABLE realtime.messages_default PARTITION OF realtime.messages DEFAULT;
ALTER TABLE realtime.messages OWNER TO supabase_realtime_admin;
ALTER TABLE realtime.messages_default OWNER TO supabase_realtime_admin;
ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON realtime.messages TO anon, authenticated, service_role;
GRANT ALL ON realtime.messages TO postgres, dashboard_user;

-- The topic that the client joins, for policies on realtime.messages.
CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('realtime.topic', true), '')
$$;
ALTER FUNCTION realtime.topic() OWNER TO supabase_realtime_admin;

-- Sends a message to the clients of a topic. It never fails its caller: what goes wrong becomes a warning.
CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    message_id constant uuid := gen_random_uuid();
BEGIN
    PERFORM set_config('realtime.topic', send.topic, true);
    INSERT INTO realtime.messages (id, payload, event, topic, private, extension)
    VALUES (
        message_id,
        CASE WHEN send.payload ? 'id' THEN send.payload
            ELSE jsonb_build_object('id', message_id) || coalesce(send.payload, '{}') END,
        send.event, send.topic, send.private, 'broadcast'
    );
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'realtime.send: %', SQLERRM;
END
$$;

CREATE FUNCTION realtime.send_binary(payload bytea, event text, topic text, private boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('realtime.topic', send_binary.topic, true);
    INSERT INTO realtime.messages (binary_payload, event, topic, private, extension)
    VALUES (send_binary.payload, send_binary.event, send_binary.topic, send_binary.private, 'broadcast');
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'realtime.send_binary: %', SQLERRM;
END
$$;

-- For triggers: tells a topic what happened to a row.
CREATE FUNCTION realtime.broadcast_changes(
    topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record,
    level text DEFAULT 'ROW'
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF level = 'STATEMENT' THEN
        RAISE EXCEPTION 'realtime.broadcast_changes works in row triggers only';
    END IF;
    PERFORM realtime.send(
        jsonb_build_object(
            'old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema
        ),
        event_name, topic_name
    );
END
$$;
