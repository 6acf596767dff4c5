-- Marks a version as applied without running it.
with marked as (
	insert into supabase_migrations.schema_migrations (version, name, statements)
	values ($1, $2, $3::text[])
	on conflict (version) do update set name = excluded.name, statements = excluded.statements
	returning version, coalesce(statements, '{}') as statements
), steps as (
	delete from supabase_migrations.cairn_steps where version = $1
), sealed as (
	insert into supabase_migrations.cairn_seals (seal) values ($8::uuid)
)
insert into supabase_migrations.cairn_applied (version, checksum, statements_md5, run, who, route, seal)
select version, $4::text, md5(statements::text), $5::text, $6::text, $7::text, $8::uuid from marked
on conflict (version) do update
set checksum = excluded.checksum, statements_md5 = excluded.statements_md5, run = excluded.run,
    who = excluded.who, route = excluded.route, xid = excluded.xid, started = excluded.started, seal = excluded.seal
