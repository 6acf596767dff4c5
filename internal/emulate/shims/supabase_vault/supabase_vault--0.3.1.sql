-- Secrets. Here they are plain text. Where the platform holds these objects already, they become the extension's.

DO $do$
BEGIN
    IF to_regclass('vault.secrets') IS NOT NULL THEN
        ALTER EXTENSION supabase_vault ADD TABLE vault.secrets;
        ALTER EXTENSION supabase_vault ADD VIEW vault.decrypted_secrets;
        ALTER EXTENSION supabase_vault ADD FUNCTION vault.create_secret(text, text, text, uuid);
        ALTER EXTENSION supabase_vault ADD FUNCTION vault.update_secret(uuid, text, text, text, uuid);
    ELSE
        CREATE TABLE vault.secrets (
            id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT secrets_pkey PRIMARY KEY,
            name text,
            description text NOT NULL DEFAULT '',
            secret text NOT NULL,
            key_id uuid,
            nonce bytea,
            created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
            updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
        );
        CREATE UNIQUE INDEX secrets_name_idx ON vault.secrets (name) WHERE name IS NOT NULL;

        CREATE VIEW vault.decrypted_secrets AS
            SELECT s.id, s.name, s.description, s.secret, s.secret AS decrypted_secret, s.key_id, s.nonce,
                s.created_at, s.updated_at
            FROM vault.secrets AS s;

        CREATE FUNCTION vault.create_secret(
            new_secret text, new_name text DEFAULT NULL, new_description text DEFAULT '', new_key_id uuid DEFAULT NULL
        ) RETURNS uuid LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
            INSERT INTO vault.secrets (secret, name, description, key_id)
            VALUES (new_secret, new_name, new_description, new_key_id)
            RETURNING id
        $$;

        CREATE FUNCTION vault.update_secret(
            secret_id uuid, new_secret text DEFAULT NULL, new_name text DEFAULT NULL,
            new_description text DEFAULT NULL, new_key_id uuid DEFAULT NULL
        ) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
            UPDATE vault.secrets SET
                secret = coalesce(new_secret, secret),
                name = coalesce(new_name, name),
                description = coalesce(new_description, description),
                key_id = coalesce(new_key_id, key_id),
                updated_at = now()
            WHERE id = secret_id
        $$;
        REVOKE ALL ON FUNCTION vault.create_secret(text, text, text, uuid) FROM PUBLIC;
        REVOKE ALL ON FUNCTION vault.update_secret(uuid, text, text, text, uuid) FROM PUBLIC;
    END IF;
END
$do$;

-- Policies and functions of older projects call these by name.
CREATE FUNCTION vault._crypto_aead_det_encrypt(
    message bytea, additional bytea, key_id bigint, context bytea DEFAULT '\x7067736f6469756d', nonce bytea DEFAULT NULL
) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT message $$;
CREATE FUNCTION vault._crypto_aead_det_decrypt(
    message bytea, additional bytea, key_id bigint, context bytea DEFAULT '\x7067736f6469756d', nonce bytea DEFAULT NULL
) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT message $$;
CREATE FUNCTION vault._crypto_aead_det_noncegen() RETURNS bytea LANGUAGE sql VOLATILE AS $$
    SELECT decode(replace(gen_random_uuid()::text, '-', ''), 'hex')
$$;
REVOKE ALL ON FUNCTION vault._crypto_aead_det_encrypt(bytea, bytea, bigint, bytea, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION vault._crypto_aead_det_decrypt(bytea, bytea, bigint, bytea, bytea) FROM PUBLIC;
REVOKE ALL ON FUNCTION vault._crypto_aead_det_noncegen() FROM PUBLIC;

DO $$
DECLARE
    role name;
    grantable text;
BEGIN
    FOR role IN SELECT rolname FROM pg_roles WHERE rolname IN ('postgres', 'service_role') LOOP
        grantable := CASE role WHEN 'postgres' THEN ' WITH GRANT OPTION' ELSE '' END;
        EXECUTE format('GRANT USAGE ON SCHEMA vault TO %I', role) || grantable;
        EXECUTE format('GRANT SELECT, DELETE ON vault.secrets, vault.decrypted_secrets TO %I', role) || grantable;
        EXECUTE format('GRANT EXECUTE ON FUNCTION vault.create_secret(text, text, text, uuid) TO %I', role) || grantable;
        EXECUTE format('GRANT EXECUTE ON FUNCTION vault.update_secret(uuid, text, text, text, uuid) TO %I', role) || grantable;
        EXECUTE format('GRANT EXECUTE ON FUNCTION vault._crypto_aead_det_decrypt(bytea, bytea, bigint, bytea, bytea) TO %I', role) || grantable;
    END LOOP;
END
$$;
