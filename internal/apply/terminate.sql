-- The process may have ended and its number been given away since it was listed: the start time tells. Who may not end a
-- process of another role does not see that time.
select case when backend_start is null then 'hidden'
            when to_char(backend_start at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') = $2 then pg_terminate_backend(pid)::text
            else 'false' end
from pg_stat_activity
where pid = $1::int
