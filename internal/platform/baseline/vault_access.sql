-- Secrets are read and deleted as rows, and made and changed through functions only.

GRANT SELECT, DELETE ON vault.secrets, vault.decrypted_secrets TO postgres WITH GRANT OPTION;
GRANT SELECT, DELETE ON vault.secrets, vault.decrypted_secrets TO service_role;

DO $$
DECLARE
    f record;
BEGIN
    FOR f IN SELECT oid::regprocedure AS name, proname FROM pg_proc WHERE pronamespace = 'vault'::regnamespace LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', f.name);
        IF f.proname IN ('create_secret', 'update_secret', '_crypto_aead_det_decrypt') THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO postgres WITH GRANT OPTION', f.name);
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO service_role', f.name);
        END IF;
    END LOOP;
END
$$;
