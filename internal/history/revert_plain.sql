-- The same where our own tables could not be made.
with gone as (
	delete from supabase_migrations.schema_migrations
	where version = $1
	returning version::text
)
select pg_current_xact_id()::text, pg_backend_pid()::text, hashtextextended(version, 0)::text from gone
