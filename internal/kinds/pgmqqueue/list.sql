-- Queues of pgmq; what waits in them is data.
SELECT 'pgmq.meta'::regclass::oid, 0, 0, q.queue_name, 0, 0, 0,
    jsonb_build_object('partitioned', CASE WHEN q.is_partitioned THEN true END, 'unlogged', CASE WHEN q.is_unlogged THEN true END),
    NULL::jsonb
FROM pgmq.meta q
