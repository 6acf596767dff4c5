SELECT 'pg_tablespace'::regclass::oid, t.oid, 0, t.spcname, 0, 0, 0,
    jsonb_build_object('options', (SELECT jsonb_object_agg(split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)) FROM unnest(t.spcoptions) o)),
    NULL::jsonb
FROM pg_tablespace t
WHERE t.oid >= 16384
