-- Takes the migration lock until the session ends or gives it back, or fails at once and names the holder. Never waits: a waiter
-- with a snapshot and a CREATE INDEX CONCURRENTLY would deadlock (reliability §0.3).
select case when pg_try_advisory_lock(1667328370, 1) then 1
else ('cairn: lock held by ' || coalesce((
	select string_agg('pid ' || l.pid || ' (' || coalesce(nullif(a.application_name, ''), 'unnamed')
	                  || ', ' || coalesce(a.state, 'state unknown')
	                  || coalesce(' for ' || extract(epoch from clock_timestamp() - a.state_change)::int || ' s', '') || ')', ', ')
	from pg_locks l left join pg_stat_activity a on a.pid = l.pid
	where l.locktype = 'advisory' and l.classid = 1667328370 and l.objid = 1 and l.objsubid = 2 and l.granted
	  and l.database = (select oid from pg_database where datname = current_database())
), 'a run that has just ended') || '|')::int end
