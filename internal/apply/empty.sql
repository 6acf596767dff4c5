-- Takes everything out of a database that a project put there, and leaves what the platform or the server put there
-- (specs/cli.md §6.1). Runs as whoever runs the migrations: what belongs to others is left.
do $empty$
declare
	r record;
begin
	-- Event triggers first: they would fire on all that follows.
	for r in select evtname from pg_event_trigger where evtowner::regrole::text = current_user loop
		execute format('drop event trigger if exists %I', r.evtname);
	end loop;
	for r in
		select nspname from pg_namespace n
		where nspname !~ '^pg_' and nspname not in ('information_schema', 'public', 'extensions', 'auth', 'storage',
			'realtime', 'vault', 'graphql', 'graphql_public', 'supabase_functions', 'supabase_migrations', 'pgbouncer',
			'net', 'cron', 'pgmq', 'pgsodium', 'pgtle', '_realtime', '_analytics', '_supavisor')
		  and pg_has_role(nspowner, 'usage')
		  and not exists (select from pg_depend d where d.classid = 'pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e')
	loop
		execute format('drop schema if exists %I cascade', r.nspname);
	end loop;
	for r in
		select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
		            when 'f' then 'foreign table' else 'table' end as kind, c.oid::regclass::text as name
		from pg_class c
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
		  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('e', 'i'))
		order by array_position(array['v', 'm', 'f', 'r', 'p', 'S']::"char"[], c.relkind)
	loop
		execute format('drop %s if exists %s cascade', r.kind, r.name);
	end loop;
	for r in
		select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind,
		       p.oid::regprocedure::text as name
		from pg_proc p
		where p.pronamespace = 'public'::regnamespace
		  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
	loop
		execute format('drop %s if exists %s cascade', r.kind, r.name);
	end loop;
	for r in
		select case t.typtype when 'd' then 'domain' else 'type' end as kind, t.oid::regtype::text as name
		from pg_type t
		where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd', 'c', 'r')
		  and (t.typrelid = 0 or exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
		  and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype in ('e', 'i'))
	loop
		execute format('drop %s if exists %s cascade', r.kind, r.name);
	end loop;
	-- Policies and triggers of the project on tables of the platform.
	for r in select policyname, schemaname, tablename from pg_policies where schemaname in ('auth', 'storage', 'realtime') loop
		execute format('drop policy if exists %I on %I.%I', r.policyname, r.schemaname, r.tablename);
	end loop;
	for r in
		select p.pubname from pg_publication p
		where p.pubname !~ '^supabase_realtime' and pg_has_role(p.pubowner, 'usage')
	loop
		execute format('drop publication if exists %I', r.pubname);
	end loop;
	-- Users and files, and the history with what we keep beside it.
	for r in
		select format('%I.%I', schemaname, tablename) as name from pg_tables
		where (schemaname in ('auth', 'storage') and tablename not in ('schema_migrations', 'migrations')
		       or schemaname = 'supabase_migrations' and tablename <> 'cairn_runs')
		  and has_table_privilege(format('%I.%I', schemaname, tablename), 'truncate')
	loop
		execute format('truncate %s cascade', r.name);
	end loop;
end
$empty$
