-- Cryptography by libsodium. Here keys have names and ids, and nothing is encrypted.

CREATE TYPE pgsodium.key_status AS ENUM ('default', 'valid', 'invalid', 'expired');
CREATE TYPE pgsodium.key_type AS ENUM (
    'aead-ietf', 'aead-det', 'hmacsha512', 'hmacsha256', 'auth', 'shorthash', 'generichash', 'kdf', 'secretbox',
    'secretstream', 'stream_xchacha20'
);
CREATE TYPE pgsodium.crypto_box_keypair AS (public bytea, secret bytea);
CREATE TYPE pgsodium.crypto_sign_keypair AS (public bytea, secret bytea);

CREATE SEQUENCE pgsodium.key_key_id_seq;
CREATE TABLE pgsodium.key (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    status pgsodium.key_status DEFAULT 'valid',
    created timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires timestamptz,
    key_type pgsodium.key_type,
    key_id bigint DEFAULT nextval('pgsodium.key_key_id_seq'),
    key_context bytea DEFAULT '\x7067736f6469756d' CHECK (length(key_context) = 8),
    name text UNIQUE,
    associated_data text DEFAULT 'associated',
    raw_key bytea,
    raw_key_nonce bytea,
    parent_key uuid REFERENCES pgsodium.key (id),
    comment text,
    user_data text
);

CREATE VIEW pgsodium.valid_key AS
    SELECT id, name, status, key_type, key_id, key_context, created, expires, associated_data
    FROM pgsodium.key
    WHERE status IN ('valid', 'default') AND (expires IS NULL OR expires > now());

CREATE FUNCTION pgsodium.create_key(
    key_type pgsodium.key_type DEFAULT 'aead-det', name text DEFAULT NULL, raw_key bytea DEFAULT NULL,
    raw_key_nonce bytea DEFAULT NULL, parent_key uuid DEFAULT NULL, key_context bytea DEFAULT '\x7067736f6469756d',
    expires timestamptz DEFAULT NULL, associated_data text DEFAULT ''
) RETURNS pgsodium.valid_key LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    made uuid;
    key pgsodium.valid_key;
BEGIN
    INSERT INTO pgsodium.key AS k (key_type, name, raw_key, raw_key_nonce, parent_key, key_context, expires, associated_data)
    VALUES (key_type, name, raw_key, raw_key_nonce, parent_key, key_context, expires, associated_data)
    RETURNING k.id INTO made;
    SELECT * INTO key FROM pgsodium.valid_key AS v WHERE v.id = made;
    RETURN key;
END
$$;

CREATE FUNCTION pgsodium.get_key_by_id(uuid) RETURNS pgsodium.valid_key LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT * FROM pgsodium.valid_key WHERE id = $1
$$;
CREATE FUNCTION pgsodium.get_key_by_name(text) RETURNS pgsodium.valid_key LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT * FROM pgsodium.valid_key WHERE name = $1
$$;

CREATE FUNCTION pgsodium.randombytes_buf(size integer) RETURNS bytea LANGUAGE sql VOLATILE AS $$
    SELECT substr(string_agg(uuid_send(gen_random_uuid()), ''), 1, size) FROM generate_series(0, size / 16)
$$;
CREATE FUNCTION pgsodium.randombytes_random() RETURNS integer LANGUAGE sql VOLATILE AS $$
    SELECT (random() * 4294967295 - 2147483648)::bigint::integer
$$;
CREATE FUNCTION pgsodium.randombytes_uniform(upper_bound integer) RETURNS integer LANGUAGE sql VOLATILE AS $$
    SELECT floor(random() * upper_bound)::integer
$$;
CREATE FUNCTION pgsodium.crypto_aead_det_keygen() RETURNS bytea LANGUAGE sql VOLATILE AS $$ SELECT pgsodium.randombytes_buf(32) $$;
CREATE FUNCTION pgsodium.crypto_aead_det_noncegen() RETURNS bytea LANGUAGE sql VOLATILE AS $$ SELECT pgsodium.randombytes_buf(16) $$;
CREATE FUNCTION pgsodium.crypto_secretbox_keygen() RETURNS bytea LANGUAGE sql VOLATILE AS $$ SELECT pgsodium.randombytes_buf(32) $$;
CREATE FUNCTION pgsodium.crypto_secretbox_noncegen() RETURNS bytea LANGUAGE sql VOLATILE AS $$ SELECT pgsodium.randombytes_buf(24) $$;

-- What is encrypted is the message itself.
DO $do$
DECLARE
    call text;
    key text;
BEGIN
    FOREACH call IN ARRAY ARRAY['encrypt', 'decrypt'] LOOP
        FOREACH key IN ARRAY ARRAY['key bytea', 'key_id bigint, context bytea', 'key_uuid uuid'] LOOP
            EXECUTE format(
                'CREATE FUNCTION pgsodium.crypto_aead_det_%s(message bytea, additional bytea, %s, nonce bytea DEFAULT NULL)
                RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT message $$', call, key);
        END LOOP;
    END LOOP;
END
$do$;
CREATE FUNCTION pgsodium.crypto_secretbox(message bytea, nonce bytea, key bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT message $$;
CREATE FUNCTION pgsodium.crypto_secretbox_open(ciphertext bytea, nonce bytea, key bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT ciphertext $$;

DO $$
DECLARE
    role name;
BEGIN
    FOREACH role IN ARRAY ARRAY['pgsodium_keyiduser', 'pgsodium_keyholder', 'pgsodium_keymaker'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I', role);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN -- roles outlive the extension
            NULL;
        END;
    END LOOP;
    IF NOT pg_has_role('pgsodium_keyholder', 'pgsodium_keyiduser', 'MEMBER') THEN
        GRANT pgsodium_keyiduser TO pgsodium_keyholder;
    END IF;
    IF NOT pg_has_role('pgsodium_keymaker', 'pgsodium_keyholder', 'MEMBER') THEN
        GRANT pgsodium_keyholder TO pgsodium_keymaker;
    END IF;
    GRANT USAGE ON SCHEMA pgsodium TO pgsodium_keyiduser;
    GRANT SELECT ON pgsodium.valid_key TO pgsodium_keyiduser;
    GRANT ALL ON pgsodium.key TO pgsodium_keymaker;
    IF to_regrole('postgres') IS NOT NULL AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres') THEN
        GRANT pgsodium_keyiduser, pgsodium_keyholder, pgsodium_keymaker TO postgres WITH ADMIN OPTION;
    END IF;
END
$$;
