-- The steps of a version whose last one is being recorded: what is kept of it is its row in the history.
delete from supabase_migrations.cairn_steps where version = $1
