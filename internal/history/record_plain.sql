-- The same where our own tables could not be made.
insert into supabase_migrations.schema_migrations (version, name, statements)
select $1::text, $2::text, $3::text[]
where case when case when $4::bigint is null then (
	select coalesce(max(version::text) = $6::text, max(version::text) <= $1::text, true) from supabase_migrations.schema_migrations
) else (
	select count(*) = $4::bigint and ($5::bigint is null or coalesce(bit_xor(hashtextextended(version::text, 0)), 0) = $5::bigint)
	from supabase_migrations.schema_migrations
) end then true else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
returning pg_current_xact_id()::text, pg_backend_pid()::text, hashtextextended(version::text, 0)::text
