insert into supabase_migrations.seed_files (path, hash) values ($1, $2)
returning pg_current_xact_id()::text, pg_backend_pid()::text
