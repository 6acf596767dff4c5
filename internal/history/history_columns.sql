alter table supabase_migrations.schema_migrations
	add column if not exists statements text[],
	add column if not exists name text
