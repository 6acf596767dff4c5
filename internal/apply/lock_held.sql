-- A file may have given back all locks of its session: then another run may have been at it.
select case when exists (
	select from pg_locks
	where locktype = 'advisory' and classid = 1667328370 and objid = 1 and objsubid = 2 and granted and pid = pg_backend_pid()
) then 1 else ('cairn: the lock was given back before ' || clock_timestamp())::int end
