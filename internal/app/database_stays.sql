-- What emptying a database (apply/empty.sql) leaves in it and a project's files may make: rows of what it is and its name.
-- Roles belong to the whole server; those of the platform, of Postgres itself and of this session are nobody's to make.
select 'role', rolname::text
from pg_roles
where oid >= 16384 and rolname !~ '^pg_' and rolname not in (current_user, session_user)
  and not (to_regrole('supabase_admin') is not null and rolname ~ '^(supabase_.*|pgsodium_.*|cli_login_.*|postgres|anon|authenticated|service_role|authenticator|pgbouncer|dashboard_user|pgtle_admin)$')
union all
select 'extension', extname::text
from pg_extension
where exists (select from pg_namespace where nspname = 'auth' and nspowner = to_regrole('supabase_admin'))
  and extname in ('pg_graphql', 'pg_net', 'pg_stat_statements', 'pgcrypto', 'pgjwt', 'pgsodium', 'supabase_vault', 'uuid-ossp')
union all
select 'vault', ''
where has_schema_privilege(to_regnamespace('vault'), 'usage') and has_table_privilege(to_regclass('vault.secrets'), 'select')
order by 1, 2
