-- Whether somebody keeps tables in a database.
select exists (
	select from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind in ('r', 'p', 'm') and c.relpersistence in ('p', 'u')
	  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
	  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
