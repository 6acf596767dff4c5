-- Takes a version back: its row goes first, and with it the claim of every other runner.
with gone as (
	delete from supabase_migrations.schema_migrations
	where version = $1
	returning version::text
), own as (
	delete from supabase_migrations.cairn_applied where version = $1
), steps as (
	delete from supabase_migrations.cairn_steps where version = $1
)
insert into supabase_migrations.cairn_reverted (version, run, who, route, seal)
select version, $2::text, $3::text, $4::text, $5::uuid from gone
returning pg_current_xact_id()::text, pg_backend_pid()::text, hashtextextended(version, 0)::text
