-- One line for everything that a migration can leave in a database: the catalog, then the rows of every table.
-- Left out: the server's own schemas, other sessions' temporary ones, the migration history, what belongs to an
-- extension (the extension has a line), and the positions of sequences, which a rollback does not turn back.
with spaces as materialized (
  select oid, nspname, nspowner, nspacl from pg_namespace
  where nspname !~ '^pg_(toast|temp)' and nspname not in ('pg_catalog', 'information_schema', 'supabase_migrations')
), members as materialized (
  select classid, objid from pg_depend where deptype = 'e'
), relations as materialized (
  select c.*, format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join spaces n on n.oid = c.relnamespace
  where not exists (select from members m where m.classid = 'pg_class'::regclass and m.objid = c.oid)
), rights(class, id, part, acl) as materialized (
  select 'pg_namespace'::regclass, oid, 0, nspacl from spaces
  union all select 'pg_class'::regclass, oid, 0, relacl from relations
  union all select 'pg_class'::regclass, attrelid, attnum, attacl from pg_attribute where attrelid in (select oid from relations)
  union all select 'pg_proc'::regclass, oid, 0, proacl from pg_proc where pronamespace in (select oid from spaces)
  union all select 'pg_type'::regclass, oid, 0, typacl from pg_type where typnamespace in (select oid from spaces)
  union all select 'pg_database'::regclass, oid, 0, datacl from pg_database where datname = current_database()
  union all select 'pg_foreign_server'::regclass, oid, 0, srvacl from pg_foreign_server
  union all select 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwacl from pg_foreign_data_wrapper
  union all select 'pg_language'::regclass, oid, 0, lanacl from pg_language
)
select 'schema' as kind, format('%I', nspname) as name, pg_get_userbyid(nspowner)::text as text from spaces
union all
select case relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view' when 'm' then 'materialized view'
                    when 'f' then 'foreign table' when 'c' then 'composite type' when 'S' then 'sequence' else relkind::text end, name,
       concat_ws(' | ', pg_get_userbyid(relowner), relpersistence, 'rls', relrowsecurity, relforcerowsecurity, relreplident, relispopulated,
                 'options ' || array_to_string(relreloptions, ','), (select amname from pg_am where oid = relam), (select 'tablespace ' || spcname from pg_tablespace where oid = reltablespace),
                 nullif(reloftype, 0)::regtype, pg_get_expr(relpartbound, oid), 'by ' || pg_get_partkeydef(oid),
                 (select string_agg(inhparent::regclass::text, ',' order by inhseqno) from pg_inherits where inhrelid = oid),
                 case when relkind in ('v', 'm') then pg_get_viewdef(oid) end,
                 (select concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle) from pg_sequence where seqrelid = oid),
                 (select concat_ws(' ', refobjid::regclass, refobjsubid, d.deptype) from pg_depend d
                  where relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = r.oid and d.refobjsubid > 0 limit 1))
from (select *, reloptions as relreloptions from relations) r where relkind not in ('i', 'I', 't')
union all
select 'column', format('%s.%I', r.name, a.attname),
       concat_ws(' | ', row_number() over (partition by r.oid order by a.attnum), format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                 a.attstorage, a.attcompression, 'statistics ' || nullif(a.attstattarget, -1), 'options ' || array_to_string(a.attoptions, ','), a.attislocal, a.attinhcount,
                 (select 'collation ' || collname from pg_collation where oid = a.attcollation),
                 (select 'default ' || pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = r.oid and adnum = a.attnum))
from relations r join pg_attribute a on a.attrelid = r.oid
where a.attnum > 0 and not a.attisdropped and r.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
union all
select 'constraint', format('%s.%I', coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text), conname), concat_ws(' | ', pg_get_constraintdef(oid), convalidated, conislocal)
from pg_constraint where connamespace in (select oid from spaces) and (conrelid = 0 or conrelid in (select oid from relations))
union all
select 'index', r.name, concat_ws(' | ', pg_get_indexdef(i.indexrelid), 'valid', i.indisvalid, i.indisready, i.indislive, i.indisclustered, i.indisreplident)
from relations r join pg_index i on i.indexrelid = r.oid
union all
select 'trigger', format('%s.%I', r.name, tgname), concat_ws(' | ', pg_get_triggerdef(t.oid), tgenabled) from relations r join pg_trigger t on t.tgrelid = r.oid where not tgisinternal
union all
select 'policy', format('%s.%I', r.name, polname),
       concat_ws(' | ', polpermissive, polcmd, (select string_agg(coalesce(rolname, 'public'), ',' order by rolname) from unnest(polroles) x left join pg_roles on pg_roles.oid = x),
                 'using ' || pg_get_expr(polqual, polrelid), 'check ' || pg_get_expr(polwithcheck, polrelid))
from relations r join pg_policy p on p.polrelid = r.oid
union all
select 'rule', format('%s.%I', r.name, rulename), concat_ws(' | ', pg_get_ruledef(u.oid), ev_enabled) from relations r join pg_rewrite u on u.ev_class = r.oid where rulename <> '_RETURN'
union all
select 'function', p.oid::regprocedure::text,
       concat_ws(' | ', pg_get_userbyid(proowner), case when prokind = 'a' then (select concat_ws(' ', aggtransfn, aggfinalfn, aggcombinefn, aggtranstype::regtype, agginitval, aggsortop) from pg_aggregate where aggfnoid = p.oid)
                      else pg_get_functiondef(p.oid) end)
from pg_proc p where pronamespace in (select oid from spaces) and not exists (select from members m where m.classid = 'pg_proc'::regclass and m.objid = p.oid)
union all
select 'type', t.oid::regtype::text,
       concat_ws(' | ', pg_get_userbyid(typowner), typtype, nullif(typbasetype, 0)::regtype, typnotnull, 'default ' || typdefault, (select 'labels ' || string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid),
                 (select rngsubtype::regtype from pg_range where rngtypid = t.oid))
from pg_type t where typnamespace in (select oid from spaces) and typelem = 0 and not exists (select from relations where oid = typrelid and relkind <> 'c')
  and not exists (select from members m where m.classid = 'pg_type'::regclass and m.objid = t.oid)
union all
select 'grant', concat_ws(' ', (pg_identify_object(class, id, part)).type, (pg_identify_object(class, id, part)).identity), (select string_agg(a::text, ',' order by a::text) from unnest(acl) a)
from rights where acl is not null
union all
select 'default grant', concat_ws(' ', pg_get_userbyid(defaclrole), defaclnamespace::regnamespace, defaclobjtype), (select string_agg(a::text, ',' order by a::text) from unnest(defaclacl) a) from pg_default_acl
union all
select 'comment', concat_ws(' ', (pg_identify_object(d.classoid, d.objoid, d.objsubid)).type, (pg_identify_object(d.classoid, d.objoid, d.objsubid)).identity), description
from pg_description d where (pg_identify_object(d.classoid, d.objoid, d.objsubid)).schema in (select nspname from spaces)
   or d.classoid in ('pg_namespace'::regclass, 'pg_publication'::regclass, 'pg_event_trigger'::regclass) and d.objoid >= 16384
   or d.classoid in ('pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_rewrite'::regclass) and d.objoid >= 16384
union all
select 'label', concat_ws(' ', objtype, objname, provider), label from pg_seclabels
union all
select 'extension', format('%I', extname), concat_ws(' | ', extversion, extnamespace::regnamespace, pg_get_userbyid(extowner)) from pg_extension
union all
select 'publication', format('%I', pubname),
       concat_ws(' | ', puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, pg_get_userbyid(pubowner),
                 (select string_agg(concat_ws(' ', prrelid::regclass, prattrs, pg_get_expr(prqual, prrelid)), ',' order by prrelid::regclass::text) from pg_publication_rel where prpubid = p.oid),
                 (select string_agg(pnnspid::regnamespace::text, ',' order by pnnspid::regnamespace::text) from pg_publication_namespace where pnpubid = p.oid))
from pg_publication p
union all
select 'event trigger', format('%I', evtname), concat_ws(' | ', evtevent, evtfoid::regprocedure, evtenabled, evttags) from pg_event_trigger
union all
select 'statistics', stxname, pg_get_statisticsobjdef(oid) from pg_statistic_ext where stxnamespace in (select oid from spaces)
union all
select 'operator', oid::regoperator::text, concat_ws(' | ', oprcode, oprcom::regoperator, oprnegate::regoperator) from pg_operator where oprnamespace in (select oid from spaces) and not exists (select from members m where m.objid = pg_operator.oid)
union all
select 'operator class', format('%s.%I', opcnamespace::regnamespace, opcname), concat_ws(' | ', opcintype::regtype, opcdefault) from pg_opclass where opcnamespace in (select oid from spaces) and not exists (select from members m where m.objid = pg_opclass.oid)
union all
select 'cast', concat_ws(' ', castsource::regtype, casttarget::regtype), concat_ws(' | ', castfunc::regprocedure, castcontext, castmethod) from pg_cast where oid >= 16384 and not exists (select from members m where m.objid = pg_cast.oid)
union all
select 'collation', format('%s.%I', collnamespace::regnamespace, collname), concat_ws(' | ', collprovider, collcollate, collctype, collisdeterministic) from pg_collation where collnamespace in (select oid from spaces)
union all
select 'text search', format('%s.%I', cfgnamespace::regnamespace, cfgname), cfgparser::text from pg_ts_config where cfgnamespace in (select oid from spaces)
union all
select 'foreign data wrapper', fdwname, concat_ws(' | ', fdwhandler::regproc, fdwoptions) from pg_foreign_data_wrapper
union all
select 'server', srvname, concat_ws(' | ', (select fdwname from pg_foreign_data_wrapper where oid = srvfdw), srvtype, srvversion, srvoptions) from pg_foreign_server
union all
select 'language', lanname, concat_ws(' | ', pg_get_userbyid(lanowner), lanpltrusted) from pg_language where oid >= 16384
union all
select 'role', rolname, concat_ws(' | ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil,
       (select string_agg(pg_get_userbyid(roleid), ',' order by pg_get_userbyid(roleid)) from pg_auth_members where member = r.oid))
from pg_roles r where rolname !~ '^pg_'
union all
select 'setting', concat_ws(' ', case setrole when 0 then 'database' else pg_get_userbyid(setrole) end, case setdatabase when 0 then 'everywhere' else 'here' end), array_to_string(setconfig, ',')
from pg_db_role_setting where setdatabase in (0, (select oid from pg_database where datname = current_database()))
union all
select 'large objects', count(*)::text, '' from pg_largeobject_metadata
union all
select 'rows', name,
       query_to_xml(format('select count(*), md5(string_agg(md5(t::text), '''' order by md5(t::text))) from %s%s t', case when relkind = 'r' then 'only ' else '' end, name), false, true, '')::text
from relations where relkind = 'r' or relkind = 'm' and relispopulated
order by 1, 2, 3
