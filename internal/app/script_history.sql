-- Run this once in the SQL editor, as a whole where no file says otherwise. It applies the migrations below and records
-- each of them, so that `cairn migration list` and the Supabase CLI know of them.
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
	version text not null primary key,
	statements text[],
	name text
);
