-- The process may have ended and its number been given away since it was listed: the start time tells.
select pg_terminate_backend(pid)::text from pg_stat_activity
where pid = $1::int and to_char(backend_start at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') = $2
