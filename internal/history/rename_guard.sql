-- A version that is to be called otherwise still holds what was read, and nobody has the new one.
select case when exists (
	select from supabase_migrations.schema_migrations where version = $1 and statements::text[] is not distinct from $3::text[]
) and not exists (
	select from supabase_migrations.schema_migrations where version = $2
) then true else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
