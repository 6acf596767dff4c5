delete from supabase_migrations.schema_migrations where version = any ($1::text[]) returning version
