-- The same for a table that has nothing but versions, as the oldest Supabase CLI made it.
select version, '', null, null, null, null, null, null, null, null, null, hashtextextended(version::text, 0)::text
from supabase_migrations.schema_migrations
order by version collate "C"
