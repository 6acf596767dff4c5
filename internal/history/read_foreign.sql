-- The same for a history that only other tools have written.
select version,
       coalesce(name, ''),
       null, null, null, null, null, null, null, null,
       to_json(statements)::text,
       hashtextextended(version::text, 0)::text
from supabase_migrations.schema_migrations
order by version collate "C"
