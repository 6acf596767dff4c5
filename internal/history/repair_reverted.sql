-- Forgets versions without undoing them.
with own as (
	delete from supabase_migrations.cairn_applied where version = any ($1::text[])
), steps as (
	delete from supabase_migrations.cairn_steps where version = any ($1::text[])
)
delete from supabase_migrations.schema_migrations where version = any ($1::text[]) returning version
