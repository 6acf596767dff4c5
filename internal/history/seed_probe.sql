select to_regclass('supabase_migrations.seed_files') is not null
