-- Claims a version before any of its statements runs: a second runner fails here, on the key. The count is that of
-- the history our plan was made from; the cast fails where somebody changed it since.
with claimed as (
	insert into supabase_migrations.schema_migrations (version, name, statements)
	select $1::text, $2::text, $3::text[]
	where case when (select count(*) from supabase_migrations.schema_migrations) = $4::bigint then true
	           else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
	returning version, coalesce(statements, '{}') as statements
), steps as (
	delete from supabase_migrations.cairn_steps where version = $1
)
insert into supabase_migrations.cairn_applied (version, checksum, statements_md5, run, who, route, seal)
select version, $5::text, md5(statements::text), $6::text, $7::text, $8::text, $9::uuid from claimed
on conflict (version) do update
set checksum = excluded.checksum, statements_md5 = excluded.statements_md5, run = excluded.run,
    who = excluded.who, route = excluded.route, xid = excluded.xid, started = excluded.started, seal = excluded.seal
returning pg_current_xact_id()::text, pg_backend_pid()::text
