select version, to_json(statements)::text
from supabase_migrations.schema_migrations
where version = any ($1::text[])
