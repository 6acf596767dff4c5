insert into supabase_migrations.cairn_runs (run, verb, who, route, restore_to)
values ($1, $2, $3, $4, $5::timestamptz)
