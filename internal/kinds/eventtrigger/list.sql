SELECT 'pg_event_trigger'::regclass::oid, e.oid, 0, e.evtname, 0, 0, 0,
    jsonb_build_object(
        'event', e.evtevent, 'tags', e.evttags, 'function', e.evtfoid::regprocedure::text, 'enabled', nullif(e.evtenabled, 'O')
    ),
    NULL::jsonb
FROM pg_event_trigger e
WHERE e.oid >= 16384
