-- Who the process $1 waits for, nearest first.
select 'pid ' || a.pid || ' (' || coalesce(nullif(a.application_name, ''), 'unnamed') || ', user ' || coalesce(a.usename, '?')
       || ', ' || coalesce(a.state, '') || coalesce(' for ' || extract(epoch from clock_timestamp() - a.xact_start)::int || ' s', '')
       || '): ' || coalesce(left(regexp_replace(a.query, '\s+', ' ', 'g'), 120), '')
from unnest(pg_blocking_pids($1::int)) b (pid) join pg_stat_activity a on a.pid = b.pid
limit 3
