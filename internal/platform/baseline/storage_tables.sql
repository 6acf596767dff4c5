-- Buckets and objects, and the tables of uploads in parts, analytics and vectors.

SET LOCAL ROLE supabase_storage_admin;

CREATE TYPE storage.buckettype AS ENUM ('STANDARD', 'ANALYTICS', 'VECTOR');

CREATE TABLE storage.migrations (
    id integer NOT NULL CONSTRAINT migrations_pkey PRIMARY KEY,
    name varchar(100) NOT NULL CONSTRAINT migrations_name_key UNIQUE,
    hash varchar(40) NOT NULL,
    executed_at timestamp DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE storage.buckets (
    id text NOT NULL CONSTRAINT buckets_pkey PRIMARY KEY,
    name text NOT NULL,
    owner uuid, -- deprecated, see owner_id
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    public boolean DEFAULT false,
    avif_autodetection boolean DEFAULT false,
    file_size_limit bigint, -- bytes
    allowed_mime_types text[],
    owner_id text,
    type storage.buckettype NOT NULL DEFAULT 'STANDARD'
);
CREATE UNIQUE INDEX bname ON storage.buckets (name);

CREATE TABLE storage.objects (
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT objects_pkey PRIMARY KEY,
    bucket_id text CONSTRAINT "objects_bucketId_fkey" REFERENCES storage.buckets (id),
    name text,
    owner uuid, -- deprecated, see owner_id
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    last_accessed_at timestamptz DEFAULT now(),
    metadata jsonb,
    path_tokens text[] GENERATED ALWAYS AS (string_to_array(name, '/')) STORED,
    version text,
    owner_id text,
    user_metadata jsonb
);
CREATE UNIQUE INDEX bucketid_objname ON storage.objects (bucket_id, name);
CREATE INDEX idx_objects_bucket_id_name ON storage.objects (bucket_id, name COLLATE "C");
CREATE INDEX idx_objects_bucket_id_name_lower ON storage.objects (bucket_id, lower(name) COLLATE "C");
CREATE INDEX name_prefix_search ON storage.objects (name text_pattern_ops);

CREATE TABLE storage.s3_multipart_uploads (
    id text NOT NULL CONSTRAINT s3_multipart_uploads_pkey PRIMARY KEY,
    in_progress_size bigint NOT NULL DEFAULT 0,
    upload_signature text NOT NULL,
    bucket_id text NOT NULL CONSTRAINT s3_multipart_uploads_bucket_id_fkey REFERENCES storage.buckets (id),
    key text COLLATE "C" NOT NULL,
    version text NOT NULL,
    owner_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    user_metadata jsonb,
    metadata jsonb
);
CREATE INDEX idx_multipart_uploads_list ON storage.s3_multipart_uploads (bucket_id, key, created_at);

CREATE TABLE storage.s3_multipart_uploads_parts (
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT s3_multipart_uploads_parts_pkey PRIMARY KEY,
    upload_id text NOT NULL CONSTRAINT s3_multipart_uploads_parts_upload_id_fkey
        REFERENCES storage.s3_multipart_uploads (id) ON DELETE CASCADE,
    size bigint NOT NULL DEFAULT 0,
    part_number integer NOT NULL,
    bucket_id text NOT NULL CONSTRAINT s3_multipart_uploads_parts_bucket_id_fkey REFERENCES storage.buckets (id),
    key text COLLATE "C" NOT NULL,
    etag text NOT NULL,
    owner_id text,
    version text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE storage.buckets_analytics (
    name text NOT NULL,
    type storage.buckettype NOT NULL DEFAULT 'ANALYTICS',
    format text NOT NULL DEFAULT 'ICEBERG',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT buckets_analytics_pkey PRIMARY KEY,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX buckets_analytics_unique_name_idx ON storage.buckets_analytics (name) WHERE deleted_at IS NULL;

CREATE TABLE storage.iceberg_namespaces (
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT iceberg_namespaces_pkey PRIMARY KEY,
    bucket_name text NOT NULL,
    name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb NOT NULL DEFAULT '{}',
    catalog_id uuid NOT NULL CONSTRAINT iceberg_namespaces_catalog_id_fkey
        REFERENCES storage.buckets_analytics (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_iceberg_namespaces_bucket_id ON storage.iceberg_namespaces (catalog_id, name);

CREATE TABLE storage.iceberg_tables (
    id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT iceberg_tables_pkey PRIMARY KEY,
    namespace_id uuid NOT NULL CONSTRAINT iceberg_tables_namespace_id_fkey
        REFERENCES storage.iceberg_namespaces (id) ON DELETE CASCADE,
    bucket_name text NOT NULL,
    name text COLLATE "C" NOT NULL,
    location text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    remote_table_id text,
    shard_key text,
    shard_id text,
    catalog_id uuid NOT NULL CONSTRAINT iceberg_tables_catalog_id_fkey
        REFERENCES storage.buckets_analytics (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_iceberg_tables_location ON storage.iceberg_tables (location);
CREATE UNIQUE INDEX idx_iceberg_tables_namespace_id ON storage.iceberg_tables (catalog_id, namespace_id, name);

CREATE TABLE storage.buckets_vectors (
    id text NOT NULL CONSTRAINT buckets_vectors_pkey PRIMARY KEY,
    type storage.buckettype NOT NULL DEFAULT 'VECTOR',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE storage.vector_indexes (
    id text NOT NULL DEFAULT gen_random_uuid() CONSTRAINT vector_indexes_pkey PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    bucket_id text NOT NULL CONSTRAINT vector_indexes_bucket_id_fkey REFERENCES storage.buckets_vectors (id),
    data_type text NOT NULL,
    dimension integer NOT NULL,
    distance_metric text NOT NULL,
    metadata_configuration jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX vector_indexes_name_bucket_id_idx ON storage.vector_indexes (name, bucket_id);

ALTER TABLE storage.migrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.s3_multipart_uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.s3_multipart_uploads_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.buckets_analytics ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.iceberg_namespaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.iceberg_tables ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.buckets_vectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.vector_indexes ENABLE ROW LEVEL SECURITY;

-- Row level security is what guards buckets and objects: the API roles hold every privilege on them.
GRANT ALL ON storage.buckets, storage.objects TO anon, authenticated, service_role;
GRANT ALL ON storage.buckets, storage.objects TO postgres WITH GRANT OPTION;
GRANT SELECT ON
    storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts, storage.buckets_analytics,
    storage.iceberg_namespaces, storage.iceberg_tables, storage.buckets_vectors, storage.vector_indexes
TO anon, authenticated, service_role;
GRANT ALL ON
    storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts, storage.buckets_analytics,
    storage.iceberg_namespaces, storage.iceberg_tables
TO service_role;

RESET ROLE;
