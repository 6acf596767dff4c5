-- A request may reach the server long after its sender has given it up. Behind the lock, so that whoever gets the lock
-- after this moment knows that it will never run.
select case when clock_timestamp() < $1::timestamptz then 1
            else ('cairn: this request came too late, at ' || clock_timestamp())::int end
