-- The table as the Supabase CLI makes it; the platform adds columns of its own, which stay as they are.
create table if not exists supabase_migrations.schema_migrations (
	version text not null primary key,
	statements text[],
	name text
)
