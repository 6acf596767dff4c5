select pg_terminate_backend(pid)::text from pg_stat_activity where pid = $1::int and backend_start::text = $2
