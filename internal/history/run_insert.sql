insert into supabase_migrations.cairn_runs (run, verb, who, route, restore_to)
values ($1, $2, $3, $4, case when $5::boolean then date_trunc('milliseconds', now()) end)
