-- What the shared table cannot hold of the version that was claimed. A row of an earlier life of the version goes.
insert into supabase_migrations.cairn_applied (version, checksum, statements_md5, run, who, route, seal)
values ($1, $2, (select md5(statements::text) from supabase_migrations.schema_migrations where version = $1),
        $3, $4, $5, $6::uuid)
on conflict (version) do update
set checksum = excluded.checksum, statements_md5 = excluded.statements_md5, run = excluded.run,
    who = excluded.who, route = excluded.route, xid = excluded.xid, started = excluded.started, seal = excluded.seal
