-- HTTP requests in the background. Here they wait in the queue for ever.

CREATE SCHEMA IF NOT EXISTS net;

CREATE DOMAIN net.http_method AS text
    CHECK (VALUE IN ('GET', 'POST', 'DELETE'));

CREATE UNLOGGED TABLE net.http_request_queue (
    id bigserial,
    method net.http_method NOT NULL,
    url text NOT NULL,
    headers jsonb,
    body bytea,
    timeout_milliseconds integer NOT NULL
);

CREATE UNLOGGED TABLE net._http_response (
    id bigint,
    status_code integer,
    content_type text,
    headers jsonb,
    content text,
    timed_out boolean,
    error_msg text,
    created timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX _http_response_created_idx ON net._http_response (created);

CREATE TYPE net.request_status AS ENUM ('PENDING', 'SUCCESS', 'ERROR');
CREATE TYPE net.http_response AS (status_code integer, headers jsonb, body text);
CREATE TYPE net.http_response_result AS (status net.request_status, message text, response net.http_response);

-- A string as a part of a URL: every byte that is no letter, digit or one of - . _ ~ as % and two hex digits.
CREATE FUNCTION net._urlencode_string(string character varying) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT coalesce(string_agg(
        CASE
            WHEN letter ~ '^[A-Za-z0-9_.~-]$' THEN letter
            ELSE (
                SELECT string_agg('%' || upper(lpad(to_hex(get_byte(bytes, at)), 2, '0')), '' ORDER BY at)
                FROM (SELECT convert_to(letter, 'UTF8')) AS one (bytes), generate_series(0, length(bytes) - 1) AS at
            )
        END, '' ORDER BY place), '')
    FROM regexp_split_to_table(string::text, '') WITH ORDINALITY AS letters (letter, place)
$$;

CREATE FUNCTION net._encode_url_with_params_array(url text, params_array text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE
        WHEN coalesce(array_length(params_array, 1), 0) = 0 THEN url
        ELSE url || CASE WHEN position('?' IN url) > 0 THEN '&' ELSE '?' END || array_to_string(params_array, '&')
    END
$$;

CREATE FUNCTION net._with_params(url text, params jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT net._encode_url_with_params_array(url, array_agg(net._urlencode_string(key) || '=' || net._urlencode_string(value)))
    FROM jsonb_each_text(coalesce(params, '{}'))
$$;

CREATE FUNCTION net.http_get(
    url text, params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000
) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    INSERT INTO net.http_request_queue (method, url, headers, timeout_milliseconds)
    VALUES ('GET', net._with_params(url, params), headers, timeout_milliseconds)
    RETURNING id
$$;

CREATE FUNCTION net.http_post(
    url text, body jsonb DEFAULT '{}', params jsonb DEFAULT '{}',
    headers jsonb DEFAULT '{"Content-Type": "application/json"}', timeout_milliseconds integer DEFAULT 5000
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    content_type text;
    request bigint;
BEGIN
    SELECT h.value INTO content_type FROM jsonb_each_text(coalesce(headers, '{}')) AS h WHERE lower(h.key) = 'content-type' LIMIT 1;
    IF content_type IS NOT NULL AND content_type <> 'application/json' THEN
        RAISE EXCEPTION 'Content-Type header must be "application/json"';
    END IF;
    INSERT INTO net.http_request_queue (method, url, headers, body, timeout_milliseconds)
    VALUES (
        'POST', net._with_params(url, params),
        CASE WHEN content_type IS NULL THEN coalesce(headers, '{}') || '{"Content-Type": "application/json"}' ELSE headers END,
        convert_to(body::text, 'UTF8'), timeout_milliseconds
    )
    RETURNING id INTO request;
    RETURN request;
END
$$;

CREATE FUNCTION net.http_delete(
    url text, params jsonb DEFAULT '{}', headers jsonb DEFAULT '{}', timeout_milliseconds integer DEFAULT 5000,
    body jsonb DEFAULT NULL
) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    INSERT INTO net.http_request_queue (method, url, headers, body, timeout_milliseconds)
    VALUES ('DELETE', net._with_params(url, params), headers, convert_to(body::text, 'UTF8'), timeout_milliseconds)
    RETURNING id
$$;

CREATE FUNCTION net._http_collect_response(request_id bigint, async boolean DEFAULT true)
RETURNS net.http_response_result LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    answer net._http_response;
BEGIN
    SELECT * INTO answer FROM net._http_response AS r WHERE r.id = request_id;
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM net.http_request_queue AS q WHERE q.id = request_id) THEN
            RETURN ('PENDING', 'request is pending processing', NULL)::net.http_response_result;
        END IF;
        RETURN ('ERROR', 'request matching request_id not found', NULL)::net.http_response_result;
    END IF;
    RETURN (
        'SUCCESS', 'ok', (answer.status_code, answer.headers, answer.content)::net.http_response
    )::net.http_response_result;
END
$$;

CREATE FUNCTION net.http_collect_response(request_id bigint, async boolean DEFAULT true)
RETURNS net.http_response_result LANGUAGE sql VOLATILE AS $$
    SELECT net._http_collect_response(request_id, async)
$$;

CREATE FUNCTION net._await_response(request_id bigint) RETURNS boolean LANGUAGE sql VOLATILE AS $$
    SELECT EXISTS (SELECT FROM net._http_response AS r WHERE r.id = request_id)
$$;

CREATE FUNCTION net.check_worker_is_up() RETURNS void LANGUAGE sql AS $$ SELECT $$;
CREATE FUNCTION net.worker_restart() RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE FUNCTION net.wait_until_running() RETURNS void LANGUAGE sql AS $$ SELECT $$;
CREATE FUNCTION net.wake() RETURNS void LANGUAGE sql AS $$ SELECT $$;

-- Whoever may use the schema may send; the functions that send see to the queue as their owner.
ALTER FUNCTION net.http_get(text, jsonb, jsonb, integer) SECURITY DEFINER;
ALTER FUNCTION net.http_get(text, jsonb, jsonb, integer) SET search_path = net;
ALTER FUNCTION net.http_post(text, jsonb, jsonb, jsonb, integer) SECURITY DEFINER;
ALTER FUNCTION net.http_post(text, jsonb, jsonb, jsonb, integer) SET search_path = net;
REVOKE ALL ON FUNCTION net.http_get(text, jsonb, jsonb, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION net.http_post(text, jsonb, jsonb, jsonb, integer) FROM PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA net TO PUBLIC;
GRANT ALL ON ALL SEQUENCES IN SCHEMA net TO PUBLIC;

DO $$
DECLARE
    role name;
BEGIN
    FOR role IN
        SELECT rolname FROM pg_roles
        WHERE rolname IN ('postgres', 'anon', 'authenticated', 'service_role', 'supabase_functions_admin')
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA net TO %I', role);
        EXECUTE format('GRANT EXECUTE ON FUNCTION net.http_get(text, jsonb, jsonb, integer) TO %I', role);
        EXECUTE format('GRANT EXECUTE ON FUNCTION net.http_post(text, jsonb, jsonb, jsonb, integer) TO %I', role);
    END LOOP;
END
$$;
