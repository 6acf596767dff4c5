update supabase_migrations.schema_migrations set version = $2, name = $3, statements = $4::text[] where version = $1
