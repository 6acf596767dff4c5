-- Whether runs are noted here, and what an earlier run remembered of rows that no run wrote.
select to_regclass('supabase_migrations.cairn_runs') is not null,
       coalesce(obj_description(to_regclass('supabase_migrations.cairn_runs'), 'pg_class'), '')
