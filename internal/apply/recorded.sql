-- Which run recorded a version, if any. '' where it is recorded and no run is known.
select coalesce(a.run, '')
from supabase_migrations.schema_migrations h
left join supabase_migrations.cairn_applied a on a.version = h.version
where h.version = $1
