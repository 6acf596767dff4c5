-- Every recorded version with what our own table knows of it. The statements travel only where they are not the
-- ones that we recorded, or where we recorded none.
select h.version,
       coalesce(h.name, ''),
       a.checksum,
       a.run,
       a.who,
       a.route,
       a.xid::text,
       to_char(a.started at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       extract(epoch from s.sealed - a.started)::text,
       a.statements_md5 = md5(coalesce(h.statements, '{}')::text),
       case when a.statements_md5 = md5(coalesce(h.statements, '{}')::text) then null
            else to_json(h.statements)::text end,
       hashtextextended(h.version::text, 0)::text
from supabase_migrations.schema_migrations h
left join supabase_migrations.cairn_applied a on a.version = h.version
left join supabase_migrations.cairn_seals s on s.seal = a.seal
order by h.version collate "C"
