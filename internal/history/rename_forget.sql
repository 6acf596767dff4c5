-- What an earlier life of the new version left in our tables, and the steps of both.
with own as (
	delete from supabase_migrations.cairn_applied where version = $2
)
delete from supabase_migrations.cairn_steps where version in ($1, $2)
