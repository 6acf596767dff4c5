-- What of the bookkeeping exists, and in which shape. One row, whatever there is. The tables are looked for by a
-- join: to_regclass sees what was committed since this statement began, and their columns and comments would be missing.
with tables as (
	select c.oid, c.relname
	from pg_class c
	join pg_namespace n on n.oid = c.relnamespace
	where n.nspname = 'supabase_migrations'
	  and c.relname in ('schema_migrations', 'cairn_applied', 'cairn_seals', 'cairn_steps', 'cairn_reverted', 'cairn_runs')
)
select exists (select from tables where relname = 'schema_migrations'),
       coalesce((select array_to_string(array_agg(a.attname order by a.attnum), ',')
                 from tables r
                 join pg_attribute a on a.attrelid = r.oid
                 where r.relname = 'schema_migrations' and a.attnum > 0 and not a.attisdropped), ''),
       (select count(*) = 3 and coalesce(bool_and(has_table_privilege(oid, 'select')), false)
        from tables where relname in ('cairn_applied', 'cairn_seals', 'cairn_steps')),
       coalesce((select d.description
                 from tables r
                 join pg_description d on d.objoid = r.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
                 where r.relname = 'cairn_applied'), ''),
       (select count(*) = 5 and coalesce(bool_and(has_table_privilege(oid, 'insert')), false)
        from tables where relname <> 'schema_migrations'),
       coalesce((select string_agg(l.name, ',' order by l.name)
                 from (values ('goose_db_version'), ('flyway_schema_history'), ('alembic_version'),
                              ('_prisma_migrations'), ('knex_migrations'), ('_sqlx_migrations'),
                              ('drizzle.__drizzle_migrations'), ('databasechangelog'),
                              ('atlas_schema_revisions.atlas_schema_revisions')) l (name)
                 where to_regclass(l.name) is not null), ''),
       coalesce((select string_agg(a.attname || ' is ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
                 from tables r
                 join pg_attribute a on a.attrelid = r.oid
                 join pg_type t on t.oid = a.atttypid
                 left join pg_type e on e.oid = t.typelem
                 where r.relname = 'schema_migrations'
                   and a.attnum > 0 and not a.attisdropped
                   and (a.attname in ('version', 'name') and t.typcategory <> 'S'
                        or a.attname = 'statements' and not (t.typcategory = 'A' and e.typcategory = 'S'))), '')
