-- The tables in which an application keeps rows, and whether runs are noted at all.
select n.nspname, c.relname
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence = 'p'
  and n.nspname not in ('pg_catalog', 'information_schema', 'supabase_migrations') and n.nspname !~ '^pg_'
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and to_regclass('supabase_migrations.cairn_runs') is not null
order by n.nspname, c.relname
