-- Takes the migration lock until the transaction ends, or fails at once. Never waits: a waiter with a snapshot and a
-- CREATE INDEX CONCURRENTLY would deadlock (reliability §0.3). Who holds it, holders.sql says: here it would cost every file.
select case when pg_try_advisory_xact_lock(1667328370, 1) then 1
            else ('cairn: the lock is held at ' || clock_timestamp())::int end
