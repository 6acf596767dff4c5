-- Short ids of numbers. Here they are other ones than those of Hashids: hex digits with g between numbers, z in front
-- up to the least length; the salt and the alphabet change nothing.

CREATE FUNCTION id_encode(numbers bigint[], salt text DEFAULT '', min_length integer DEFAULT 0, alphabet text DEFAULT '')
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT lpad(code, greatest(min_length, length(code)), 'z')
    FROM (SELECT string_agg(to_hex(n), 'g' ORDER BY place) FROM unnest(numbers) WITH ORDINALITY AS u (n, place)) AS made (code)
$$;
CREATE FUNCTION id_encode(number bigint, salt text DEFAULT '', min_length integer DEFAULT 0, alphabet text DEFAULT '')
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT @extschema@.id_encode(ARRAY[number], salt, min_length, alphabet)
$$;
CREATE FUNCTION id_decode(code text, salt text DEFAULT '', min_length integer DEFAULT 0, alphabet text DEFAULT '')
RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(('x' || lpad(part, 16, '0'))::bit(64)::bigint ORDER BY place)
    FROM regexp_split_to_table(ltrim(code, 'z'), 'g') WITH ORDINALITY AS parts (part, place)
    WHERE part ~ '^[0-9a-f]{1,16}$'
$$;
CREATE FUNCTION id_decode_once(code text, salt text DEFAULT '', min_length integer DEFAULT 0, alphabet text DEFAULT '')
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (@extschema@.id_decode(code, salt, min_length, alphabet))[1]
$$;
CREATE FUNCTION hash_encode(number bigint, salt text DEFAULT '', min_length integer DEFAULT 0) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT @extschema@.id_encode(number, salt, min_length) $$;
CREATE FUNCTION hash_decode(code text, salt text DEFAULT '', min_length integer DEFAULT 0) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT @extschema@.id_decode_once(code, salt, min_length) $$;
