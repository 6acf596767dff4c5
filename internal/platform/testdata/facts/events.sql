SELECT concat_ws(' ', evtname, evtevent, evttags, nspname || '.' || proname, 'owner', evtowner::regrole)
FROM pg_event_trigger JOIN pg_proc AS f ON f.oid = evtfoid JOIN pg_namespace AS n ON n.oid = pronamespace
UNION ALL
SELECT concat_ws(' ', 'publication', pubname, 'owner', pubowner::regrole, CASE WHEN puballtables THEN 'all' END,
    CASE WHEN pubinsert THEN 'insert' END, CASE WHEN pubupdate THEN 'update' END, CASE WHEN pubdelete THEN 'delete' END,
    CASE WHEN pubtruncate THEN 'truncate' END, 'of', (SELECT count(*) FROM pg_publication_rel WHERE prpubid = p.oid), 'tables')
FROM pg_publication AS p
