-- Takes out of a database what a project put there, so that its files can be run again (specs/cli.md §6.1).
-- A schema, or an object in public, goes where the current user has the privileges of its owner; what belongs to others
-- is left, save what hangs on something that goes: a view of theirs on a table of the project, the rows that refer to a
-- user. Where Supabase's platform is laid, its schemas, event triggers and extensions stay even for its superuser.
-- Left as well: roles, grants, settings, secrets in the vault, and what the project put into schemas that stay other
-- than policies and triggers.
do $empty$
declare
	hosted constant bool := exists (select from pg_namespace where nspname = 'auth' and nspowner = to_regrole('supabase_admin'));
	spaces constant text[] := case when hosted then array['auth', 'storage', 'realtime', '_realtime', 'vault', 'graphql',
		'graphql_public', 'supabase_functions', 'extensions', 'pgbouncer', 'pgsodium', 'pgsodium_masks', 'pgtle',
		'_analytics', '_supavisor'] else '{}' end || array['public', 'information_schema', 'supabase_migrations'];
	messages constant text := current_setting('client_min_messages');
	names text[];
	item text;
begin
	perform set_config('client_min_messages', 'warning', true); -- a notice for every cascade is of no use to anybody

	-- Event triggers first: they would fire on all that follows.
	select array_agg(format('drop event trigger if exists %I', evtname)) into names
	from pg_event_trigger e
	where pg_has_role(evtowner, 'usage')
	  and not (hosted and evtname ~ '^(pgrst_(ddl|drop)_watch|issue_.*|pgsodium_.*|make_room_for_pgaudit)$' and evtowner = to_regrole('supabase_admin'))
	  and not exists (select from pg_depend where classid = 'pg_event_trigger'::regclass and objid = e.oid and deptype = 'e');
	foreach item in array coalesce(names, '{}') loop
		execute item;
	end loop;

	-- A subscription loses its slot first, since dropping that on the publisher is not possible in a transaction: the
	-- slot is left over there.
	select array_agg(s) into names
	from pg_subscription, unnest(array[format('alter subscription %I disable', subname),
		format('alter subscription %I set (slot_name = none)', subname), format('drop subscription if exists %I', subname)]) s
	where subdbid = (select oid from pg_database where datname = current_database()) and pg_has_role(subowner, 'usage');
	foreach item in array coalesce(names, '{}') loop
		execute item;
	end loop;

	-- Publications go; the platform's own stay, and the one that is for projects to fill is emptied.
	select array_agg(s) into names
	from (
		select format('drop publication if exists %I', pubname) as s
		from pg_publication
		where pg_has_role(pubowner, 'usage') and not (hosted and pubname ~ '^(supabase_realtime|realtime_messages)')
		union all
		select format('alter publication supabase_realtime drop table %s', (pg_identify_object('pg_class'::regclass, prrelid, 0)).identity)
		from pg_publication_rel join pg_publication p on p.oid = prpubid
		where hosted and pubname = 'supabase_realtime' and pg_has_role(pubowner, 'usage')
		union all
		select format('alter publication supabase_realtime drop tables in schema %I', nspname)
		from pg_publication_namespace join pg_publication p on p.oid = pnpubid join pg_namespace n on n.oid = pnnspid
		where hosted and pubname = 'supabase_realtime' and pg_has_role(pubowner, 'usage')
	) of_publications;
	foreach item in array coalesce(names, '{}') loop
		execute item;
	end loop;

	-- Extensions, but those that the platform installs. Whether the role may drop one is more than a matter of its
	-- owner on the platform, so we try.
	select array_agg(format('drop extension if exists %I cascade', extname)) into names
	from pg_extension
	where extname <> 'plpgsql' and not (hosted and extname in ('pg_graphql', 'pg_net', 'pg_stat_statements', 'pgcrypto',
		'pgjwt', 'pgsodium', 'supabase_vault', 'uuid-ossp'));
	foreach item in array coalesce(names, '{}') loop
		begin
			execute item;
		exception when insufficient_privilege then
			raise warning 'an extension of others stays: %', sqlerrm;
		end;
	end loop;

	-- Schemas. One that an extension made goes with its extension.
	select array_agg(format('drop schema if exists %I cascade', nspname)) into names
	from pg_namespace n
	where nspname !~ '^pg_' and nspname <> all (spaces) and pg_has_role(nspowner, 'usage')
	  and not exists (select from pg_depend where classid = 'pg_namespace'::regclass and objid = n.oid and deptype = 'e');
	foreach item in array coalesce(names, '{}') loop
		execute item;
	end loop;

	-- What is in public, and what has no schema. All names are taken before the first drop: each may take others along.
	-- What is part of something else (the functions of a range type, the sequence of a column) goes with that.
	-- Text search parsers and templates have no owner but the superuser's, nor have casts but their types'.
	with objects(kind, class, id, space, owner) as (
		select case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
		       when 'f' then 'foreign table' else 'table' end, 'pg_class'::regclass, oid, relnamespace, relowner
		from pg_class where relkind in ('r', 'p', 'v', 'm', 'S', 'f')
		union all select 'routine', 'pg_proc'::regclass, oid, pronamespace, proowner from pg_proc
		union all select 'type', 'pg_type'::regclass, oid, typnamespace, typowner from pg_type
		union all select 'operator', 'pg_operator'::regclass, oid, oprnamespace, oprowner from pg_operator
		union all select 'operator class', 'pg_opclass'::regclass, oid, opcnamespace, opcowner from pg_opclass
		union all select 'operator family', 'pg_opfamily'::regclass, oid, opfnamespace, opfowner from pg_opfamily
		union all select 'collation', 'pg_collation'::regclass, oid, collnamespace, collowner from pg_collation
		union all select 'conversion', 'pg_conversion'::regclass, oid, connamespace, conowner from pg_conversion
		union all select 'statistics', 'pg_statistic_ext'::regclass, oid, stxnamespace, stxowner from pg_statistic_ext
		union all select 'text search configuration', 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner from pg_ts_config
		union all select 'text search dictionary', 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner from pg_ts_dict
		union all select 'text search parser', 'pg_ts_parser'::regclass, oid, prsnamespace, 10 from pg_ts_parser
		union all select 'text search template', 'pg_ts_template'::regclass, oid, tmplnamespace, 10 from pg_ts_template
		union all select 'server', 'pg_foreign_server'::regclass, oid, null, srvowner from pg_foreign_server
		union all select 'foreign data wrapper', 'pg_foreign_data_wrapper'::regclass, oid, null, fdwowner from pg_foreign_data_wrapper
		union all select 'cast', 'pg_cast'::regclass, c.oid, null, typowner
		from pg_cast c join pg_type t on t.oid = castsource or t.oid = casttarget where c.oid >= 16384
	)
	select array_agg(distinct format('drop %s if exists %s cascade', kind, (pg_identify_object(class, id, 0)).identity)) into names
	from objects o
	where (space is null or space = to_regnamespace('public')) and pg_has_role(owner, 'usage')
	  and not exists (select from pg_depend where classid = class and objid = id and objsubid = 0 and deptype in ('e', 'i'));
	foreach item in array coalesce(names, '{}') loop
		execute item;
	end loop;

	perform lo_unlink(oid) from pg_largeobject_metadata where pg_has_role(lomowner, 'usage');

	if hosted then
		-- Policies and triggers of the project on tables of the platform. The platform's triggers call functions of the
		-- table's own schema; what calls a function of the project is gone with that already.
		select array_agg(format('drop %s if exists %I on %I.%I', kind, name, nspname, relname)) into names
		from (
			select 'policy' as kind, polname as name, polrelid as relation from pg_policy
			union all
			select 'trigger', tgname, tgrelid from pg_trigger join pg_proc p on p.oid = tgfoid join pg_class c on c.oid = tgrelid
			where not tgisinternal and tgparentid = 0 and pronamespace <> relnamespace
		) mine join pg_class c on c.oid = relation join pg_namespace n on n.oid = relnamespace
		where nspname in ('auth', 'storage', 'realtime');
		foreach item in array coalesce(names, '{}') loop
			begin
				execute item;
			exception when insufficient_privilege then
				raise warning 'this could not be done: %: %', item, sqlerrm;
			end;
		end loop;
	end if;

	-- Users and files where the role may, and the history with what we keep beside it, but not who ran what.
	select string_agg(format('%I.%I', nspname, relname), ', ') into item
	from pg_class c join pg_namespace n on n.oid = relnamespace
	where relkind in ('r', 'p')
	  and (nspname = 'supabase_migrations' and relname <> 'cairn_runs'
	       or hosted and nspname in ('auth', 'storage', 'supabase_functions') and relname not in ('schema_migrations', 'migrations'))
	  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'truncate');
	if item is not null then
		execute 'truncate ' || item || ' cascade';
	end if;
	perform set_config('client_min_messages', messages, true);
end
$empty$
