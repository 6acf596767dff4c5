-- Rows of one table that no run of cairn wrote. The xmin of a row has 32 bits; runs keep all 64.
select %2$L as name, count(*)::text as rows
from only %1$s t
where t.xmin::text::bigint >= (select min(xid_from)::text::bigint & 4294967295 from supabase_migrations.cairn_runs)
  and not exists (
	select from supabase_migrations.cairn_runs r
	where t.xmin::text::bigint between r.xid_from::text::bigint & 4294967295
	      and coalesce(r.xid_to,
	                   (select max(a.xid) from supabase_migrations.cairn_applied a where a.run = r.run),
	                   r.xid_from)::text::bigint & 4294967295)
having count(*) > 0
