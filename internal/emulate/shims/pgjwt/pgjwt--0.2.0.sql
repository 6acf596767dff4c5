-- JSON Web Tokens by pgcrypto's hmac, which is called in the schema where pgcrypto lies.

CREATE FUNCTION url_encode(data bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT rtrim(translate(encode(data, 'base64'), E'+/\n', '-_'), '=')
$$;

CREATE FUNCTION url_decode(data text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT decode(rpad(translate(data, '-_', '+/'), (length(data) + 3) / 4 * 4, '='), 'base64')
$$;

CREATE FUNCTION try_cast_double(inp text) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN inp::double precision;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;

DO $do$
BEGIN
    EXECUTE format($format$
        CREATE FUNCTION algorithm_sign(signables text, secret text, algorithm text) RETURNS text
        LANGUAGE sql IMMUTABLE AS $$
            SELECT @extschema@.url_encode(%s.hmac(
                signables, secret,
                CASE algorithm WHEN 'HS256' THEN 'sha256' WHEN 'HS384' THEN 'sha384' WHEN 'HS512' THEN 'sha512' ELSE '' END
            ))
        $$
    $format$, (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'pgcrypto'));
END
$do$;

CREATE FUNCTION sign(payload json, secret text, algorithm text DEFAULT 'HS256') RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT signables || '.' || @extschema@.algorithm_sign(signables, secret, algorithm)
    FROM (
        SELECT @extschema@.url_encode(convert_to('{"alg":"' || algorithm || '","typ":"JWT"}', 'utf8'))
            || '.' || @extschema@.url_encode(convert_to(payload::text, 'utf8'))
    ) AS parts (signables)
$$;

CREATE FUNCTION verify(token text, secret text, algorithm text DEFAULT 'HS256')
RETURNS TABLE (header json, payload json, valid boolean) LANGUAGE sql IMMUTABLE AS $$
    SELECT read.header, read.payload,
        read.signed AND tstzrange(
            to_timestamp(@extschema@.try_cast_double(read.payload ->> 'nbf')),
            to_timestamp(@extschema@.try_cast_double(read.payload ->> 'exp'))
        ) @> CURRENT_TIMESTAMP
    FROM (
        SELECT
            convert_from(@extschema@.url_decode(part[1]), 'utf8')::json AS header,
            convert_from(@extschema@.url_decode(part[2]), 'utf8')::json AS payload,
            part[3] = @extschema@.algorithm_sign(part[1] || '.' || part[2], secret, algorithm) AS signed
        FROM regexp_split_to_array(token, '\.') AS part
    ) AS read
$$;
