-- What the role $2 may do with the tables of a statement. $1 names them in JSON, with what the statement does to each:
-- [{"schema": "public", "name": "photos", "privileges": ["SELECT"]}]. $3 is the command whose policies count, as
-- pg_policy writes it. Runs right behind an EXPLAIN of the statement, whose locks tell of views and parent tables.
with recursive locked as (
    select distinct l.relation as oid
    from pg_locks l
    join pg_database d on d.oid = l.database and d.datname = current_database()
    where l.locktype = 'relation' and l.pid = pg_backend_pid()
),
-- A partition that is reached through its parent is under the grants and policies of the parent.
reached as (
    select c.oid, t.privileges
    from jsonb_to_recordset($1::jsonb) as t (schema text, name text, privileges text[])
    join pg_namespace n on n.nspname = t.schema
    join pg_class c on c.relnamespace = n.oid and c.relname = t.name
    union
    select i.inhparent, r.privileges
    from reached r
    join pg_inherits i on i.inhrelid = r.oid
    where i.inhparent in (select oid from locked)
),
views as (
    select c.oid, c.relowner, coalesce((
        select o.option_value::boolean from pg_options_to_table(c.reloptions) o where o.option_name = 'security_invoker'
    ), false) as invoker
    from pg_class c
    join locked l on l.oid = c.oid
    where c.relkind = 'v'
),
-- What stands behind a view is read with the rights of the view's owner.
behind as (
    select d.refobjid as oid, max(v.relowner) as owner
    from views v
    join pg_rewrite w on w.ev_class = v.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
    where not v.invoker and d.refobjid <> v.oid
    group by d.refobjid
),
asked as (
    select r.oid, p as privilege
    from reached r, unnest(r.privileges) p
    where not exists (select from pg_inherits i join locked l on l.oid = i.inhparent where i.inhrelid = r.oid)
    union
    select oid, 'SELECT' from views
),
relations as (
    select oid, array_agg(privilege order by privilege) as privileges from asked group by oid
)
select n.nspname,
       format('%I.%I', n.nspname, c.relname),
       r.rolname,
       (
           select coalesce(string_agg(g, E'\n'), '')
           from (
               select format('GRANT USAGE ON SCHEMA %I TO %I;', n.nspname, r.rolname) as g
               where not has_schema_privilege(r.oid, n.oid, 'USAGE')
               union all
               select format('GRANT %s ON %I.%I TO %I;', string_agg(p, ', '), n.nspname, c.relname, r.rolname)
               from unnest(a.privileges) p
               where case p
                   when 'DELETE' then not has_table_privilege(r.oid, c.oid, p)
                   else not has_any_column_privilege(r.oid, c.oid, p)
               end
               having count(*) > 0
           ) missing
       ),
       c.relrowsecurity and not r.rolsuper and not r.rolbypassrls
           and (c.relforcerowsecurity or not pg_has_role(r.oid, c.relowner, 'USAGE')),
       (
           select coalesce(jsonb_agg(jsonb_build_object(
               'name', p.polname,
               'restrictive', not p.polpermissive,
               'command', case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'ALL' end,
               'roles', (
                   select string_agg(case o when 0 then 'public' else format('%I', pg_get_userbyid(o)) end, ', ')
                   from unnest(p.polroles) o
               ),
               'using', coalesce(pg_get_expr(p.polqual, p.polrelid), ''),
               'check', coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''),
               'applies', (p.polcmd in ('*', $3::"char") or p.polcmd = 'r' and $3 in ('w', 'd'))
                   and exists (select from unnest(p.polroles) o where o = 0 or pg_has_role(r.oid, o, 'USAGE'))
           ) order by p.polname), '[]')
           from pg_policy p
           where p.polrelid = c.oid
       )
from relations a
join pg_class c on c.oid = a.oid
join pg_namespace n on n.oid = c.relnamespace
left join behind b on b.oid = a.oid
join pg_roles asking on asking.rolname = $2
join pg_roles r on r.oid = coalesce(b.owner, asking.oid)
order by 1, 2
