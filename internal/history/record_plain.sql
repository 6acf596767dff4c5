-- The same where our own tables could not be made.
with claimed as (
	insert into supabase_migrations.schema_migrations (version, name, statements)
	select $1::text, $2::text, $3::text[]
	where case when (select count(*) from supabase_migrations.schema_migrations) = $4::bigint then true
	           else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
	returning version
)
select pg_current_xact_id()::text, pg_backend_pid()::text from claimed
