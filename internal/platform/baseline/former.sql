-- Names of earlier years. What storage had from mid-2025 to early 2026 and has no more: a table of the folders in a
-- bucket, and the functions that kept it. Migrations that were pulled from a project at that time make triggers with them
-- on storage.objects and storage.prefixes. They are here so that such files run; as on the platform of today, nothing
-- fills the table.

SET LOCAL ROLE supabase_storage_admin;

-- Of 'a/b/c.png' the level is 3, the prefix 'a/b', the prefixes {a,a/b}.
CREATE FUNCTION storage.get_level(name text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT cardinality(string_to_array(name, '/'))
$$;
CREATE FUNCTION storage.get_prefix(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN strpos(name, '/') > 0 THEN regexp_replace(name, '/[^/]*$', '') ELSE '' END
$$;
CREATE FUNCTION storage.get_prefixes(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT coalesce(array_agg(array_to_string(parts[1:n], '/') ORDER BY n), '{}')
    FROM (SELECT string_to_array(name, '/') AS parts) AS path, generate_series(1, cardinality(parts) - 1) AS n
$$;

CREATE TABLE storage.prefixes (
    bucket_id text NOT NULL CONSTRAINT "prefixes_bucketId_fkey" REFERENCES storage.buckets (id),
    name text COLLATE "C" NOT NULL,
    level integer NOT NULL GENERATED ALWAYS AS (storage.get_level(name)) STORED,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    CONSTRAINT prefixes_pkey PRIMARY KEY (bucket_id, level, name)
);
ALTER TABLE storage.prefixes ENABLE ROW LEVEL SECURITY;
GRANT ALL ON storage.prefixes TO anon, authenticated, service_role;

CREATE FUNCTION storage.add_prefixes(_bucket_id text, _name text) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION storage.delete_prefix(_bucket_id text, _name text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION storage.delete_leaf_prefixes(bucket_ids text[], names text[]) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION storage.lock_top_prefixes(bucket_ids text[], names text[]) RETURNS void LANGUAGE sql AS '';

-- Triggers that let every row through.
CREATE FUNCTION storage.prefixes_insert_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION storage.objects_insert_prefix_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION storage.objects_update_prefix_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION storage.objects_update_level_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION storage.delete_prefix_hierarchy_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
CREATE FUNCTION storage.prefixes_delete_cleanup() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION storage.objects_delete_cleanup() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION storage.objects_update_cleanup() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';

-- Two ways that storage.search went between tables of its own.
CREATE FUNCTION storage.search_legacy_v1(
    prefix text, bucketname text, limits integer DEFAULT 100, levels integer DEFAULT 1, offsets integer DEFAULT 0,
    search text DEFAULT '', sortcolumn text DEFAULT 'name', sortorder text DEFAULT 'asc'
) RETURNS TABLE (
    name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) LANGUAGE sql STABLE AS $$
    SELECT * FROM storage.search($1, $2, $3, $4, $5, $6, $7, $8)
$$;
CREATE FUNCTION storage.search_v1_optimised(
    prefix text, bucketname text, limits integer DEFAULT 100, levels integer DEFAULT 1, offsets integer DEFAULT 0,
    search text DEFAULT '', sortcolumn text DEFAULT 'name', sortorder text DEFAULT 'asc'
) RETURNS TABLE (
    name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) LANGUAGE sql STABLE AS $$
    SELECT * FROM storage.search($1, $2, $3, $4, $5, $6, $7, $8)
$$;

RESET ROLE;

-- Pulled files name these two although pgaudit itself is not created by a migration: it was enabled in the dashboard.
-- They make room where a migration does create it.
CREATE FUNCTION extensions.pgaudit_ddl_command_end() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION extensions.pgaudit_sql_drop() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';

CREATE FUNCTION extensions.drop_pgaudit_names() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF current_query() ~* '\mpgaudit\M' AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pgaudit') THEN
        DROP FUNCTION IF EXISTS extensions.pgaudit_ddl_command_end(), extensions.pgaudit_sql_drop();
    END IF;
END
$$;
CREATE EVENT TRIGGER issue_pgaudit_names ON ddl_command_start
    WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION extensions.drop_pgaudit_names();
