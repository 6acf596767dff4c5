-- What of the bookkeeping exists, and in which shape. One row, whatever there is.
select to_regclass('supabase_migrations.schema_migrations') is not null,
       coalesce((select array_to_string(array_agg(a.attname order by a.attnum), ',')
                 from pg_attribute a
                 where a.attrelid = to_regclass('supabase_migrations.schema_migrations')
                   and a.attnum > 0 and not a.attisdropped), ''),
       coalesce((select bool_and(has_table_privilege(to_regclass(t), 'select'))
                 from unnest(array['supabase_migrations.cairn_applied', 'supabase_migrations.cairn_seals',
                                   'supabase_migrations.cairn_steps']) t), false)
           and to_regclass('supabase_migrations.cairn_applied') is not null
           and to_regclass('supabase_migrations.cairn_seals') is not null
           and to_regclass('supabase_migrations.cairn_steps') is not null,
       coalesce(obj_description(to_regclass('supabase_migrations.cairn_applied'), 'pg_class'), ''),
       (select bool_and(coalesce(has_table_privilege(to_regclass(t), 'insert'), false))
        from unnest(array['supabase_migrations.cairn_applied', 'supabase_migrations.cairn_seals', 'supabase_migrations.cairn_steps',
                          'supabase_migrations.cairn_reverted', 'supabase_migrations.cairn_runs']) t),
       coalesce((select string_agg(l.name, ',' order by l.name)
                 from (values ('goose_db_version'), ('flyway_schema_history'), ('alembic_version'),
                              ('_prisma_migrations'), ('knex_migrations'), ('_sqlx_migrations'),
                              ('drizzle.__drizzle_migrations'), ('databasechangelog'),
                              ('atlas_schema_revisions.atlas_schema_revisions')) l (name)
                 where to_regclass(l.name) is not null), ''),
       coalesce((select string_agg(a.attname || ' is ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
                 from pg_attribute a
                 join pg_type t on t.oid = a.atttypid
                 left join pg_type e on e.oid = t.typelem
                 where a.attrelid = to_regclass('supabase_migrations.schema_migrations')
                   and a.attnum > 0 and not a.attisdropped
                   and (a.attname in ('version', 'name') and t.typcategory <> 'S'
                        or a.attname = 'statements' and not (t.typcategory = 'A' and e.typcategory = 'S'))), '')
