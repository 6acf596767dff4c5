-- Extensions that are kept in the database. Here they can be registered and listed, not created.

CREATE TYPE pgtle.pg_tle_features AS ENUM ('passcheck', 'clientauth');
CREATE TYPE pgtle.password_types AS ENUM ('PASSWORD_TYPE_PLAINTEXT', 'PASSWORD_TYPE_MD5', 'PASSWORD_TYPE_SCRAM_SHA_256');

CREATE TABLE pgtle.feature_info (
    feature pgtle.pg_tle_features,
    schema_name text,
    proname text,
    obj_identity text,
    PRIMARY KEY (feature, schema_name, proname)
);
CREATE TABLE pgtle._extension (
    name text,
    version text,
    description text,
    script text,
    requires text[],
    schema text,
    PRIMARY KEY (name, version)
);
CREATE TABLE pgtle._default (
    name text PRIMARY KEY,
    version text NOT NULL
);
CREATE TABLE pgtle._path (
    name text,
    source text,
    target text,
    script text,
    PRIMARY KEY (name, source, target)
);

-- False where something is missing, as when it was to be downloaded.
CREATE FUNCTION pgtle.install_extension(
    name text, version text, description text, ext text, requires text[] DEFAULT NULL, schema text DEFAULT NULL
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pgtle AS $$
BEGIN
    IF name IS NULL OR version IS NULL OR ext IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO pgtle._extension VALUES (name, version, description, ext, requires, schema);
    INSERT INTO pgtle._default VALUES (name, version) ON CONFLICT DO NOTHING;
    RETURN true;
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('extension "%s" already installed', name);
END
$$;
CREATE FUNCTION pgtle.install_extension_version_sql(name text, version text, ext text) RETURNS boolean
LANGUAGE sql AS $$ SELECT pgtle.install_extension(name, version, NULL, ext) $$;
CREATE FUNCTION pgtle.install_update_path(name text, fromvers text, tovers text, ext text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pgtle AS $$
BEGIN
    INSERT INTO pgtle._path VALUES (name, fromvers, tovers, ext);
    RETURN true;
END
$$;
CREATE FUNCTION pgtle.set_default_version(name text, version text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pgtle AS $$
BEGIN
    UPDATE pgtle._default AS d SET version = set_default_version.version WHERE d.name = set_default_version.name;
    RETURN FOUND;
END
$$;
CREATE FUNCTION pgtle.uninstall_extension(extname text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pgtle AS $$
BEGIN
    DELETE FROM pgtle._default WHERE name = extname;
    DELETE FROM pgtle._path WHERE name = extname;
    DELETE FROM pgtle._extension WHERE name = extname;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('extension "%s" does not exist', extname);
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION pgtle.uninstall_extension(extname text, version text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pgtle AS $$
BEGIN
    DELETE FROM pgtle._extension AS e WHERE e.name = extname AND e.version = uninstall_extension.version;
    RETURN FOUND;
END
$$;
CREATE FUNCTION pgtle.uninstall_extension_if_exists(extname text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pgtle AS $$
BEGIN
    RETURN EXISTS (SELECT FROM pgtle._extension WHERE name = extname) AND pgtle.uninstall_extension(extname);
END
$$;
CREATE FUNCTION pgtle.uninstall_update_path(extname text, fromvers text, tovers text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pgtle AS $$
BEGIN
    DELETE FROM pgtle._path WHERE name = extname AND source = fromvers AND target = tovers;
    RETURN FOUND;
END
$$;
CREATE FUNCTION pgtle.uninstall_update_path_if_exists(extname text, fromvers text, tovers text) RETURNS boolean
LANGUAGE sql AS $$ SELECT pgtle.uninstall_update_path(extname, fromvers, tovers) $$;

CREATE FUNCTION pgtle.available_extensions(OUT name name, OUT default_version text, OUT comment text) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pgtle AS $$
    SELECT d.name::name, d.version, e.description FROM _default AS d LEFT JOIN _extension AS e USING (name, version)
$$;
CREATE FUNCTION pgtle.available_extension_versions(
    OUT name name, OUT version text, OUT superuser boolean, OUT trusted boolean, OUT relocatable boolean,
    OUT schema name, OUT requires name[], OUT comment text
) RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pgtle AS $$
    SELECT e.name::name, e.version, false, false, false, e.schema::name, e.requires::name[], e.description FROM _extension AS e
$$;
CREATE FUNCTION pgtle.extension_update_paths(name name, OUT source text, OUT target text, OUT path text) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pgtle AS $$
    SELECT p.source, p.target, p.source || '--' || p.target FROM _path AS p WHERE p.name = $1::text
$$;

CREATE FUNCTION pgtle.register_feature(proc regproc, feature pgtle.pg_tle_features) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pgtle AS $$
    INSERT INTO pgtle.feature_info
    SELECT feature, n.nspname, p.proname, p.oid::regprocedure::text
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.oid = proc
$$;
CREATE FUNCTION pgtle.unregister_feature(proc regproc, feature pgtle.pg_tle_features) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pgtle AS $$
    DELETE FROM pgtle.feature_info AS f
    USING pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.oid = proc AND f.feature = unregister_feature.feature AND f.schema_name = n.nspname AND f.proname = p.proname
$$;
CREATE FUNCTION pgtle.register_feature_if_not_exists(proc regproc, feature pgtle.pg_tle_features) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pgtle.register_feature(proc, feature);
    RETURN true;
EXCEPTION WHEN unique_violation THEN
    RETURN false;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pgtle FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgtle.available_extensions(), pgtle.available_extension_versions(), pgtle.extension_update_paths(name) TO PUBLIC;
GRANT USAGE ON SCHEMA pgtle TO PUBLIC;
DO $$
DECLARE
    role name;
BEGIN
    FOR role IN SELECT rolname FROM pg_roles WHERE rolname IN ('postgres', 'pgtle_admin') LOOP
        EXECUTE format('GRANT ALL ON ALL FUNCTIONS IN SCHEMA pgtle TO %I', role);
    END LOOP;
END
$$;
