-- Sign-in by other parties (OAuth, SAML, passkeys), and the OAuth server of auth itself.

SET LOCAL ROLE supabase_auth_admin;

CREATE TABLE auth.flow_state (
    id uuid NOT NULL CONSTRAINT flow_state_pkey PRIMARY KEY,
    user_id uuid,
    auth_code text,
    code_challenge_method auth.code_challenge_method,
    code_challenge text,
    provider_type text NOT NULL,
    provider_access_token text,
    provider_refresh_token text,
    created_at timestamptz,
    updated_at timestamptz,
    authentication_method text NOT NULL,
    auth_code_issued_at timestamptz,
    invite_token text,
    referrer text,
    oauth_client_state_id uuid,
    linking_target_id uuid,
    email_optional boolean NOT NULL DEFAULT false
);
CREATE INDEX flow_state_created_at_idx ON auth.flow_state (created_at DESC);
CREATE INDEX idx_auth_code ON auth.flow_state (auth_code);
CREATE INDEX idx_user_id_auth_method ON auth.flow_state (user_id, authentication_method);

CREATE TABLE auth.sso_providers (
    id uuid NOT NULL CONSTRAINT sso_providers_pkey PRIMARY KEY,
    resource_id text CONSTRAINT "resource_id not empty"
        CHECK (resource_id = NULL::text OR char_length(resource_id) > 0),
    created_at timestamptz,
    updated_at timestamptz,
    disabled boolean
);
CREATE UNIQUE INDEX sso_providers_resource_id_idx ON auth.sso_providers (lower(resource_id));
CREATE INDEX sso_providers_resource_id_pattern_idx ON auth.sso_providers (resource_id text_pattern_ops);

CREATE TABLE auth.sso_domains (
    id uuid NOT NULL CONSTRAINT sso_domains_pkey PRIMARY KEY,
    sso_provider_id uuid NOT NULL CONSTRAINT sso_domains_sso_provider_id_fkey
        REFERENCES auth.sso_providers (id) ON DELETE CASCADE,
    domain text NOT NULL CONSTRAINT "domain not empty" CHECK (char_length(domain) > 0),
    created_at timestamptz,
    updated_at timestamptz
);
CREATE UNIQUE INDEX sso_domains_domain_idx ON auth.sso_domains (lower(domain));
CREATE INDEX sso_domains_sso_provider_id_idx ON auth.sso_domains (sso_provider_id);

CREATE TABLE auth.saml_providers (
    id uuid NOT NULL CONSTRAINT saml_providers_pkey PRIMARY KEY,
    sso_provider_id uuid NOT NULL CONSTRAINT saml_providers_sso_provider_id_fkey
        REFERENCES auth.sso_providers (id) ON DELETE CASCADE,
    entity_id text NOT NULL CONSTRAINT saml_providers_entity_id_key UNIQUE
        CONSTRAINT "entity_id not empty" CHECK (char_length(entity_id) > 0),
    metadata_xml text NOT NULL CONSTRAINT "metadata_xml not empty" CHECK (char_length(metadata_xml) > 0),
    metadata_url text CONSTRAINT "metadata_url not empty"
        CHECK (metadata_url = NULL::text OR char_length(metadata_url) > 0),
    attribute_mapping jsonb,
    created_at timestamptz,
    updated_at timestamptz,
    name_id_format text
);
CREATE INDEX saml_providers_sso_provider_id_idx ON auth.saml_providers (sso_provider_id);

CREATE TABLE auth.saml_relay_states (
    id uuid NOT NULL CONSTRAINT saml_relay_states_pkey PRIMARY KEY,
    sso_provider_id uuid NOT NULL CONSTRAINT saml_relay_states_sso_provider_id_fkey
        REFERENCES auth.sso_providers (id) ON DELETE CASCADE,
    request_id text NOT NULL CONSTRAINT "request_id not empty" CHECK (char_length(request_id) > 0),
    for_email text,
    redirect_to text,
    created_at timestamptz,
    updated_at timestamptz,
    flow_state_id uuid CONSTRAINT saml_relay_states_flow_state_id_fkey
        REFERENCES auth.flow_state (id) ON DELETE CASCADE
);
CREATE INDEX saml_relay_states_created_at_idx ON auth.saml_relay_states (created_at DESC);
CREATE INDEX saml_relay_states_for_email_idx ON auth.saml_relay_states (for_email);
CREATE INDEX saml_relay_states_sso_provider_id_idx ON auth.saml_relay_states (sso_provider_id);

CREATE TYPE auth.oauth_authorization_status AS ENUM ('pending', 'approved', 'denied', 'expired');
CREATE TYPE auth.oauth_response_type AS ENUM ('code');

CREATE TABLE auth.oauth_authorizations (
    id uuid NOT NULL CONSTRAINT oauth_authorizations_pkey PRIMARY KEY,
    authorization_id text NOT NULL CONSTRAINT oauth_authorizations_authorization_id_key UNIQUE,
    client_id uuid NOT NULL CONSTRAINT oauth_authorizations_client_id_fkey
        REFERENCES auth.oauth_clients (id) ON DELETE CASCADE,
    user_id uuid CONSTRAINT oauth_authorizations_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    redirect_uri text NOT NULL CONSTRAINT oauth_authorizations_redirect_uri_length
        CHECK (char_length(redirect_uri) <= 2048),
    scope text NOT NULL CONSTRAINT oauth_authorizations_scope_length CHECK (char_length(scope) <= 4096),
    state text CONSTRAINT oauth_authorizations_state_length CHECK (char_length(state) <= 4096),
    resource text CONSTRAINT oauth_authorizations_resource_length CHECK (char_length(resource) <= 2048),
    code_challenge text CONSTRAINT oauth_authorizations_code_challenge_length
        CHECK (char_length(code_challenge) <= 128),
    code_challenge_method auth.code_challenge_method,
    response_type auth.oauth_response_type NOT NULL DEFAULT 'code',
    status auth.oauth_authorization_status NOT NULL DEFAULT 'pending',
    authorization_code text CONSTRAINT oauth_authorizations_authorization_code_key UNIQUE
        CONSTRAINT oauth_authorizations_authorization_code_length CHECK (char_length(authorization_code) <= 255),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT now() + interval '3 minutes',
    approved_at timestamptz,
    nonce text CONSTRAINT oauth_authorizations_nonce_length CHECK (char_length(nonce) <= 255),
    CONSTRAINT oauth_authorizations_expires_at_future CHECK (expires_at > created_at)
);
CREATE INDEX oauth_auth_pending_exp_idx ON auth.oauth_authorizations (expires_at) WHERE status = 'pending';

CREATE TABLE auth.oauth_client_states (
    id uuid NOT NULL CONSTRAINT oauth_client_states_pkey PRIMARY KEY,
    provider_type text NOT NULL,
    code_verifier text,
    created_at timestamptz NOT NULL
);
CREATE INDEX idx_oauth_client_states_created_at ON auth.oauth_client_states (created_at);

CREATE TABLE auth.oauth_consents (
    id uuid NOT NULL CONSTRAINT oauth_consents_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT oauth_consents_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    client_id uuid NOT NULL CONSTRAINT oauth_consents_client_id_fkey
        REFERENCES auth.oauth_clients (id) ON DELETE CASCADE,
    scopes text NOT NULL
        CONSTRAINT oauth_consents_scopes_length CHECK (char_length(scopes) <= 2048)
        CONSTRAINT oauth_consents_scopes_not_empty CHECK (char_length(trim(scopes)) > 0),
    granted_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    CONSTRAINT oauth_consents_revoked_after_granted CHECK (revoked_at IS NULL OR revoked_at >= granted_at),
    CONSTRAINT oauth_consents_user_client_unique UNIQUE (user_id, client_id)
);
CREATE INDEX oauth_consents_active_client_idx ON auth.oauth_consents (client_id) WHERE revoked_at IS NULL;
CREATE INDEX oauth_consents_active_user_client_idx ON auth.oauth_consents (user_id, client_id)
    WHERE revoked_at IS NULL;
CREATE INDEX oauth_consents_user_order_idx ON auth.oauth_consents (user_id, granted_at DESC);

CREATE TABLE auth.custom_oauth_providers (
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT custom_oauth_providers_pkey PRIMARY KEY,
    provider_type text NOT NULL,
    identifier text NOT NULL CONSTRAINT custom_oauth_providers_identifier_key UNIQUE,
    name text NOT NULL,
    client_id text NOT NULL,
    client_secret text NOT NULL,
    acceptable_client_ids text[] NOT NULL DEFAULT '{}',
    scopes text[] NOT NULL DEFAULT '{}',
    pkce_enabled boolean NOT NULL DEFAULT true,
    attribute_mapping jsonb NOT NULL DEFAULT '{}',
    authorization_params jsonb NOT NULL DEFAULT '{}',
    enabled boolean NOT NULL DEFAULT true,
    email_optional boolean NOT NULL DEFAULT false,
    issuer text,
    discovery_url text,
    skip_nonce_check boolean NOT NULL DEFAULT false,
    cached_discovery jsonb,
    discovery_cached_at timestamptz,
    authorization_url text,
    token_url text,
    userinfo_url text,
    jwks_uri text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE auth.webauthn_credentials (
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT webauthn_credentials_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT webauthn_credentials_user_id_fkey
        REFERENCES auth.users (id) ON DELETE CASCADE,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    attestation_type text NOT NULL DEFAULT '',
    aaguid uuid,
    sign_count bigint NOT NULL DEFAULT 0,
    transports jsonb NOT NULL DEFAULT '[]',
    backup_eligible boolean NOT NULL DEFAULT false,
    backed_up boolean NOT NULL DEFAULT false,
    friendly_name text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz
);
CREATE UNIQUE INDEX webauthn_credentials_credential_id_key ON auth.webauthn_credentials (credential_id);
CREATE INDEX webauthn_credentials_user_id_idx ON auth.webauthn_credentials (user_id);

CREATE TABLE auth.webauthn_challenges (
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT webauthn_challenges_pkey PRIMARY KEY,
    user_id uuid CONSTRAINT webauthn_challenges_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE,
    challenge_type text NOT NULL CONSTRAINT webauthn_challenges_challenge_type_check
        CHECK (challenge_type IN ('signup', 'registration', 'authentication')),
    session_data jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX webauthn_challenges_expires_at_idx ON auth.webauthn_challenges (expires_at);
CREATE INDEX webauthn_challenges_user_id_idx ON auth.webauthn_challenges (user_id);

RESET ROLE;
