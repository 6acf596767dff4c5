-- The package manager for trusted language extensions. Here nothing is downloaded.

CREATE FUNCTION dbdev.install(package_name text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
CREATE FUNCTION dbdev.install(package_name text, base_url text, api_key text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
