-- A transactional unit of a file of several units: done if and only if this transaction commits.
insert into supabase_migrations.cairn_steps (version, direction, step, state, statement_md5, run, seal)
values ($1, $2, $3::int, 'done', $4, $5, $6::uuid)
returning pg_current_xact_id()::text, pg_backend_pid()::text
