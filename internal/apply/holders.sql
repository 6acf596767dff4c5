select l.pid::text,
       coalesce(a.application_name, ''),
       coalesce(a.usename, ''),
       coalesce(a.client_addr::text, 'local'),
       coalesce(a.state, ''),
       to_char(a.backend_start at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       coalesce(extract(epoch from clock_timestamp() - a.state_change)::int, 0)::text,
       coalesce(left(a.query, 200), '')
from pg_locks l left join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.classid = 1667328370 and l.objid = 1 and l.objsubid = 2 and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
order by a.backend_start
