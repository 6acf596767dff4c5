-- HTTP requests that wait for their answer. Here none is sent: every answer is a row of NULLs.

CREATE DOMAIN http_method AS text;
CREATE DOMAIN content_type AS text CHECK (VALUE ~ '^\S+\/\S+');
CREATE TYPE http_header AS (field varchar, value varchar);
CREATE TYPE http_request AS (method http_method, uri varchar, headers http_header[], content_type varchar, content varchar);
CREATE TYPE http_response AS (status integer, content_type varchar, headers http_header[], content varchar);

CREATE FUNCTION http(request @extschema@.http_request) RETURNS http_response LANGUAGE sql VOLATILE AS $$
    SELECT (NULL, NULL, NULL, NULL)::@extschema@.http_response
$$;

CREATE FUNCTION http_header(field varchar, value varchar) RETURNS http_header LANGUAGE sql IMMUTABLE AS $$
    SELECT (field, value)::@extschema@.http_header
$$;

CREATE FUNCTION http_headers(VARIADIC args text[]) RETURNS http_header[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF cardinality(args) % 2 <> 0 THEN
        RAISE EXCEPTION 'argument list must have even number of elements';
    END IF;
    RETURN (
        SELECT array_agg((args[i], args[i + 1])::@extschema@.http_header ORDER BY i)
        FROM generate_series(1, cardinality(args), 2) AS i
    );
END
$$;

CREATE FUNCTION http_set_curlopt(curlopt varchar, value varchar) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT true $$;
CREATE FUNCTION http_reset_curlopt() RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT true $$;
CREATE FUNCTION http_list_curlopt() RETURNS TABLE (curlopt text, value text) LANGUAGE sql STABLE AS $$
    SELECT NULL::text, NULL::text WHERE false
$$;

-- A string as a part of a form: a space is +, every other byte that is no letter, digit or one of - . _ * is % and hex.
CREATE FUNCTION urlencode(string varchar) RETURNS text LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog AS $$
    SELECT coalesce(string_agg(
        CASE
            WHEN letter ~ '^[A-Za-z0-9_.*-]$' THEN letter
            WHEN letter = ' ' THEN '+'
            ELSE (
                SELECT string_agg('%' || upper(lpad(to_hex(get_byte(bytes, at)), 2, '0')), '' ORDER BY at)
                FROM (SELECT convert_to(letter, 'UTF8')) AS one (bytes), generate_series(0, length(bytes) - 1) AS at
            )
        END, '' ORDER BY place), '')
    FROM regexp_split_to_table(string::text, '') WITH ORDINALITY AS letters (letter, place)
$$;
CREATE FUNCTION urlencode(string bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT @extschema@.urlencode(convert_from(string, 'UTF8')::varchar)
$$;
CREATE FUNCTION urlencode(data jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT string_agg(@extschema@.urlencode(key::varchar) || '=' || @extschema@.urlencode(value::varchar), '&')
    FROM jsonb_each_text(data)
$$;
CREATE FUNCTION text_to_bytea(data text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT convert_to(data, 'UTF8') $$;
CREATE FUNCTION bytea_to_text(data bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT convert_from(data, 'UTF8') $$;

CREATE FUNCTION http_get(uri varchar) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(('GET', uri, NULL, NULL, NULL)::@extschema@.http_request)
$$;
CREATE FUNCTION http_get(uri varchar, data jsonb) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(('GET', uri || '?' || @extschema@.urlencode(data), NULL, NULL, NULL)::@extschema@.http_request)
$$;
CREATE FUNCTION http_post(uri varchar, content varchar, content_type varchar) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(('POST', uri, NULL, content_type, content)::@extschema@.http_request)
$$;
CREATE FUNCTION http_post(uri varchar, data jsonb) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(
        ('POST', uri, NULL, 'application/x-www-form-urlencoded', @extschema@.urlencode(data))::@extschema@.http_request
    )
$$;
CREATE FUNCTION http_put(uri varchar, content varchar, content_type varchar) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(('PUT', uri, NULL, content_type, content)::@extschema@.http_request)
$$;
CREATE FUNCTION http_patch(uri varchar, content varchar, content_type varchar) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(('PATCH', uri, NULL, content_type, content)::@extschema@.http_request)
$$;
CREATE FUNCTION http_delete(uri varchar) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(('DELETE', uri, NULL, NULL, NULL)::@extschema@.http_request)
$$;
CREATE FUNCTION http_delete(uri varchar, content varchar, content_type varchar) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(('DELETE', uri, NULL, content_type, content)::@extschema@.http_request)
$$;
CREATE FUNCTION http_head(uri varchar) RETURNS http_response LANGUAGE sql AS $$
    SELECT @extschema@.http(('HEAD', uri, NULL, NULL, NULL)::@extschema@.http_request)
$$;
