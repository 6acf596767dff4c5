-- Its effect was seen: the announced step is done.
update supabase_migrations.cairn_steps
set state = 'done', run = $4, xid = pg_current_xact_id(), seal = $5::uuid
where version = $1 and direction = $2 and step = $3::int
returning pg_current_xact_id()::text, pg_backend_pid()::text
