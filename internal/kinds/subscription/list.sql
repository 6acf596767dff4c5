-- Subscriptions, of this database. Only superusers may read how they connect, and a statement that names a column which
-- it may not read fails: so the statement is made of the columns that may be read.
WITH rows (text) AS MATERIALIZED (
    SELECT query_to_xml((
        SELECT 'SELECT encode(convert_to(jsonb_agg(to_jsonb(x))::text, ''UTF8''), ''hex'') AS j FROM (SELECT '
            || string_agg(quote_ident(a.attname), ', ')
            || ' FROM pg_catalog.pg_subscription WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())) x'
        FROM pg_attribute a
        WHERE a.attrelid = 'pg_subscription'::regclass AND a.attnum > 0 AND NOT a.attisdropped
            AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')), true, true, '')::text
), subscriptions AS (
    SELECT jsonb_array_elements(convert_from(decode(substring(text FROM '<j>([0-9a-f]+)</j>'), 'hex'), 'UTF8')::jsonb) AS s FROM rows
)
SELECT 'pg_subscription'::regclass::oid, (s ->> 'oid')::oid, 0, s ->> 'subname', 0, 0, 0,
    jsonb_build_object(
        'connection', s -> 'subconninfo',
        'publications', s -> 'subpublications',
        'slot_name', CASE WHEN s ->> 'subslotname' IS NULL THEN 'NONE' ELSE nullif(s ->> 'subslotname', s ->> 'subname') END,
        'binary', CASE WHEN s ->> 'subbinary' = 'true' THEN 'true' END,
        'streaming', CASE s ->> 'substream'
            WHEN 'true' THEN 'on' WHEN 't' THEN 'on' WHEN 'p' THEN 'parallel' WHEN 'false' THEN 'off' WHEN 'f' THEN 'off' END,
        'synchronous_commit', nullif(s ->> 'subsynccommit', 'off'),
        'two_phase', CASE WHEN s ->> 'subtwophasestate' <> 'd' THEN 'true' END,
        'disable_on_error', CASE WHEN s ->> 'subdisableonerr' = 'true' THEN 'true' END,
        'password_required', CASE WHEN s ->> 'subpasswordrequired' = 'false' THEN 'false' END,
        'run_as_owner', CASE WHEN s ->> 'subrunasowner' = 'true' THEN 'true' END,
        'origin', nullif(s ->> 'suborigin', 'any'),
        'failover', CASE WHEN s ->> 'subfailover' = 'true' THEN 'true' END
    ),
    jsonb_build_object('enabled', s -> 'subenabled', 'hidden', CASE WHEN NOT s ? 'subconninfo' THEN true END)
FROM subscriptions
