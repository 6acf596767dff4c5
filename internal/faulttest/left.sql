-- What a run of cairn may not leave: its sessions, advisory locks and prepared transactions of this database.
select format('session %s (%s, %s): %s', pid, application_name, state, left(query, 80))
from pg_stat_activity
where application_name like 'cairn/%' and datname = current_database() and pid <> pg_backend_pid() and not ($1 and state = 'idle')
union all
select format('advisory lock %s/%s of pid %s', classid, objid, pid)
from pg_locks
where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()
union all
select format('prepared transaction %s', gid) from pg_prepared_xacts where database = current_database()
