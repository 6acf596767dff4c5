-- The same until the session ends or gives it back.
select case when pg_try_advisory_lock(1667328370, 1) then 1
            else ('cairn: the lock is held at ' || clock_timestamp())::int end
