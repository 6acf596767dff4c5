-- The tables in which an application keeps rows. The third column says that rows in it may be the platform's, which it
-- put there before the first run.
select n.nspname, c.relname,
       n.nspname in ('realtime', 'vault', 'graphql', 'graphql_public', 'supabase_functions', 'pgbouncer', 'net', 'cron',
                     'pgmq', 'pgsodium', 'pgtle', '_realtime', '_analytics', '_supavisor')
       or n.nspname in ('auth', 'storage') and c.relname in ('schema_migrations', 'migrations')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence in ('p', 'u')
  and n.nspname not in ('pg_catalog', 'information_schema', 'supabase_migrations') and n.nspname !~ '^pg_'
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
order by n.nspname, c.relname
