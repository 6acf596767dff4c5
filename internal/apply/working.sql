-- A server process that is in the middle of a message but waits for the client has nothing to do.
select (state = 'active' and wait_event is distinct from 'ClientRead')::text
from pg_stat_activity
where pid = $1::int and backend_start::text = $2
