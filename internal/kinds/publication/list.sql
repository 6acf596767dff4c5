SELECT 'pg_publication'::regclass::oid, p.oid, 0, p.pubname, 0, 0, 0,
    jsonb_build_object(
        'all_tables', CASE WHEN p.puballtables THEN true END,
        'publish', nullif(concat_ws(', ',
            CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
            CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END
        ), 'insert, update, delete, truncate'),
        'via_root', CASE WHEN p.pubviaroot THEN true END,
        'generated_columns', CASE to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'stored' END
    ),
    NULL::jsonb
FROM pg_publication p
WHERE p.oid >= 16384
