-- A statement that runs outside any transaction is announced before it runs, with what was there before.
insert into supabase_migrations.cairn_steps (version, direction, step, state, statement_md5, before, run, seal)
values ($1, $2, $3::int, 'intent', $4, $5::jsonb, $6, $7::uuid)
on conflict (version, direction, step) do update
set run = excluded.run, xid = pg_current_xact_id(), seal = excluded.seal
returning pg_current_xact_id()::text, pg_backend_pid()::text
