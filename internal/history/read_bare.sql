-- The same for a table that has nothing but versions, as the oldest Supabase CLI made it.
select version, '', null, null, null, null, null, null, null, null, null
from supabase_migrations.schema_migrations
order by version collate "C"
