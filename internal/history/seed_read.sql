select path, hash from supabase_migrations.seed_files order by path collate "C"
