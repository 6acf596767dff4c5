-- What the storage service calls to list a bucket, level by level like folders or by delimiter like S3.

SET LOCAL ROLE supabase_storage_admin;

CREATE FUNCTION storage.get_size_by_bucket() RETURNS TABLE (size bigint, bucket_id text) LANGUAGE sql STABLE AS $$
    SELECT sum((o.metadata ->> 'size')::bigint)::bigint, o.bucket_id
    FROM storage.objects AS o
    GROUP BY o.bucket_id
$$;

-- The part of the key up to and with the first delimiter behind the prefix; null where there is none.
CREATE FUNCTION storage.get_common_prefix(p_key text, p_prefix text, p_delimiter text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_delimiter <> '' AND strpos(rest, p_delimiter) > 0
        THEN left(p_key, length(p_prefix) + strpos(rest, p_delimiter) + length(p_delimiter) - 1)
    END
    FROM (SELECT substr(p_key, length(p_prefix) + 1) AS rest) AS behind
$$;

-- One level of a bucket: folders first (their id is null), then files; names are relative to the level.
CREATE FUNCTION storage.search(
    prefix text, bucketname text, limits integer DEFAULT 100, levels integer DEFAULT 1, offsets integer DEFAULT 0,
    search text DEFAULT '', sortcolumn text DEFAULT 'name', sortorder text DEFAULT 'asc'
) RETURNS TABLE (
    name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) LANGUAGE sql STABLE AS $$
    WITH found AS (
        SELECT o.*, cardinality(o.path_tokens) > search.levels AS in_folder
        FROM storage.objects AS o
        WHERE o.bucket_id = search.bucketname
            AND cardinality(o.path_tokens) >= search.levels
            AND starts_with(lower(o.name), lower(search.prefix || search.search))
    ), level AS (
        SELECT DISTINCT f.path_tokens[search.levels] AS name, NULL::uuid AS id, NULL::timestamptz AS updated_at,
            NULL::timestamptz AS created_at, NULL::timestamptz AS last_accessed_at, NULL::jsonb AS metadata
        FROM found AS f WHERE f.in_folder
        UNION ALL
        SELECT f.path_tokens[search.levels], f.id, f.updated_at, f.created_at, f.last_accessed_at, f.metadata
        FROM found AS f WHERE NOT f.in_folder
    ), sorted AS (
        SELECT l.*, lower(search.sortorder) = 'desc' AS descending,
            CASE search.sortcolumn
                WHEN 'updated_at' THEN l.updated_at
                WHEN 'created_at' THEN l.created_at
                WHEN 'last_accessed_at' THEN l.last_accessed_at
            END AS moment
        FROM level AS l
    )
    SELECT s.name, s.id, s.updated_at, s.created_at, s.last_accessed_at, s.metadata
    FROM sorted AS s
    ORDER BY s.id IS NOT NULL,
        CASE WHEN NOT s.descending THEN s.moment END ASC,
        CASE WHEN s.descending THEN s.moment END DESC,
        CASE WHEN NOT s.descending THEN s.name END COLLATE "C" ASC,
        CASE WHEN s.descending THEN s.name END COLLATE "C" DESC
    LIMIT search.limits OFFSET search.offsets
$$;

-- The same level by pages: start_after (and sort_column_after, when sorted by time) say where the last page ended.
-- Names are whole paths, those of folders end in '/'; key is the part at the level.
CREATE FUNCTION storage.search_v2(
    prefix text, bucket_name text, limits integer DEFAULT 100, levels integer DEFAULT 1, start_after text DEFAULT '',
    sort_order text DEFAULT 'asc', sort_column text DEFAULT 'name', sort_column_after text DEFAULT ''
) RETURNS TABLE (
    key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
    metadata jsonb
) LANGUAGE sql STABLE AS $$
    WITH found AS (
        SELECT o.*, cardinality(o.path_tokens) > search_v2.levels AS in_folder
        FROM storage.objects AS o
        WHERE o.bucket_id = search_v2.bucket_name
            AND cardinality(o.path_tokens) >= search_v2.levels
            AND starts_with(lower(o.name), lower(search_v2.prefix))
    ), level AS (
        SELECT f.path_tokens[search_v2.levels] AS key,
            array_to_string(f.path_tokens[1 : search_v2.levels], '/') || '/' AS name,
            NULL::uuid AS id, max(f.updated_at) AS updated_at, min(f.created_at) AS created_at,
            max(f.last_accessed_at) AS last_accessed_at, NULL::jsonb AS metadata
        FROM found AS f WHERE f.in_folder
        GROUP BY 1, 2
        UNION ALL
        SELECT f.path_tokens[search_v2.levels], f.name, f.id, f.updated_at, f.created_at, f.last_accessed_at, f.metadata
        FROM found AS f WHERE NOT f.in_folder
    ), sorted AS (
        SELECT l.*, lower(search_v2.sort_order) = 'desc' AS descending,
            CASE search_v2.sort_column
                WHEN 'updated_at' THEN l.updated_at
                WHEN 'created_at' THEN l.created_at
                ELSE '-infinity'
            END AS moment,
            CASE WHEN search_v2.sort_column IN ('updated_at', 'created_at')
                THEN nullif(search_v2.sort_column_after, '')::timestamptz
                ELSE '-infinity'
            END AS moment_after
        FROM level AS l
    )
    SELECT s.key, s.name, s.id, s.updated_at, s.created_at, s.last_accessed_at, s.metadata
    FROM sorted AS s
    WHERE coalesce(search_v2.start_after, '') = ''
        OR NOT s.descending
            AND (s.moment, s.name COLLATE "C") > (coalesce(s.moment_after, '-infinity'), search_v2.start_after)
        OR s.descending
            AND (s.moment, s.name COLLATE "C") < (coalesce(s.moment_after, 'infinity'), search_v2.start_after)
    ORDER BY
        CASE WHEN NOT s.descending THEN s.moment END ASC,
        CASE WHEN s.descending THEN s.moment END DESC,
        CASE WHEN NOT s.descending THEN s.name END COLLATE "C" ASC,
        CASE WHEN s.descending THEN s.name END COLLATE "C" DESC
    LIMIT search_v2.limits
$$;

CREATE FUNCTION storage.search_by_timestamp(
    p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text, p_sort_order text,
    p_sort_column text, p_sort_column_after text
) RETURNS TABLE (
    key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
    metadata jsonb
) LANGUAGE sql STABLE AS $$
    SELECT * FROM storage.search_v2(
        p_prefix, p_bucket_id, p_limit, p_level, p_start_after, p_sort_order, p_sort_column, p_sort_column_after
    )
$$;

-- Keys behind a prefix; those with a delimiter further on count once, as their common prefix (its id is null).
CREATE FUNCTION storage.list_objects_with_delimiter(
    _bucket_id text, prefix_param text, delimiter_param text, max_keys integer DEFAULT 100,
    start_after text DEFAULT '', next_token text DEFAULT '', sort_order text DEFAULT 'asc'
) RETURNS TABLE (
    name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
) LANGUAGE sql STABLE AS $$
    WITH found AS (
        SELECT o.*, storage.get_common_prefix(o.name, prefix_param, delimiter_param) AS common,
            lower(list_objects_with_delimiter.sort_order) = 'desc' AS descending
        FROM storage.objects AS o
        WHERE o.bucket_id = _bucket_id AND starts_with(o.name, prefix_param)
    ), entries AS (
        SELECT DISTINCT f.common AS name, NULL::uuid AS id, NULL::jsonb AS metadata, NULL::timestamptz AS updated_at,
            NULL::timestamptz AS created_at, NULL::timestamptz AS last_accessed_at, f.descending
        FROM found AS f
        WHERE f.common IS NOT NULL
            AND (start_after = '' OR CASE WHEN f.descending
                THEN f.name COLLATE "C" < start_after ELSE f.name COLLATE "C" > start_after END)
        UNION ALL
        SELECT f.name, f.id, f.metadata, f.updated_at, f.created_at, f.last_accessed_at, f.descending
        FROM found AS f
        WHERE f.common IS NULL
            AND (start_after = '' OR CASE WHEN f.descending
                THEN f.name COLLATE "C" < start_after ELSE f.name COLLATE "C" > start_after END)
    )
    SELECT e.name, e.id, e.metadata, e.updated_at, e.created_at, e.last_accessed_at
    FROM entries AS e
    WHERE next_token = '' OR CASE WHEN e.descending
        THEN e.name COLLATE "C" < next_token ELSE e.name COLLATE "C" > next_token END
    ORDER BY
        CASE WHEN NOT e.descending THEN e.name END COLLATE "C" ASC,
        CASE WHEN e.descending THEN e.name END COLLATE "C" DESC
    LIMIT max_keys
$$;

-- Unfinished uploads, in the same way; several uploads of one key come in the order they began.
CREATE FUNCTION storage.list_multipart_uploads_with_delimiter(
    bucket_id text, prefix_param text, delimiter_param text, max_keys integer DEFAULT 100,
    next_key_token text DEFAULT '', next_upload_token text DEFAULT ''
) RETURNS TABLE (key text, id text, created_at timestamptz) LANGUAGE sql STABLE AS $$
    WITH found AS (
        SELECT u.*, storage.get_common_prefix(u.key, prefix_param, delimiter_param) AS common
        FROM storage.s3_multipart_uploads AS u
        WHERE u.bucket_id = list_multipart_uploads_with_delimiter.bucket_id AND starts_with(u.key, prefix_param)
    ), entries AS (
        SELECT DISTINCT f.common AS key, NULL AS id, NULL::timestamptz AS created_at
        FROM found AS f WHERE f.common IS NOT NULL
        UNION ALL
        SELECT f.key, f.id, f.created_at
        FROM found AS f WHERE f.common IS NULL
    )
    SELECT e.key, e.id, e.created_at
    FROM entries AS e
    WHERE next_key_token = ''
        OR e.key COLLATE "C" > next_key_token
        OR e.key = next_key_token AND next_upload_token <> '' AND e.created_at > (
            SELECT u.created_at FROM storage.s3_multipart_uploads AS u WHERE u.id = next_upload_token
        )
    ORDER BY e.key COLLATE "C", e.created_at
    LIMIT max_keys
$$;

RESET ROLE;
