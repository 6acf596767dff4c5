-- Claims a version before any of its statements runs: a second runner fails here, on the key. The cast fails
-- where somebody changed the history that our plan was made from: by the number and hash of its versions, or, without
-- these, by a version behind ours. Beside the claim stands what the shared table cannot hold; a row of an earlier life of
-- the version goes.
with claimed as (
	insert into supabase_migrations.schema_migrations (version, name, statements)
	select $1::text, $2::text, $3::text[]
	where case when case when $4::bigint is null then (
		select coalesce(max(version::text) = $6::text, max(version::text) <= $1::text, true) from supabase_migrations.schema_migrations
	) else (
		select count(*) = $4::bigint and ($5::bigint is null or coalesce(bit_xor(hashtextextended(version::text, 0)), 0) = $5::bigint)
		from supabase_migrations.schema_migrations
	) end then true else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
	returning version, statements
)
insert into supabase_migrations.cairn_applied (version, checksum, statements_md5, run, who, route, seal)
select version, $7, md5(statements::text), $8, $9, $10, $11::uuid from claimed
on conflict (version) do update
set checksum = excluded.checksum, statements_md5 = excluded.statements_md5, run = excluded.run,
    who = excluded.who, route = excluded.route, xid = excluded.xid, started = excluded.started, seal = excluded.seal
returning xid::text, pg_backend_pid()::text, hashtextextended(version, 0)::text
