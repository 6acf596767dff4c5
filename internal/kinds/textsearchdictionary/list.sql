-- Dictionaries, with their options as Postgres keeps them: name = literal, …
SELECT 'pg_ts_dict'::regclass::oid, d.oid, 0, d.dictname, 'pg_namespace'::regclass::oid, d.dictnamespace, 0,
    jsonb_build_object(
        'template', (SELECT format('%I.%I', n.nspname, t.tmplname) FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace WHERE t.oid = d.dicttemplate),
        'options', (
            SELECT jsonb_object_agg(m[1], m[2])
            FROM regexp_matches(d.dictinitoption, '("(?:[^"]|"")+"|\w+) = (E?''(?:[^'']|'''')*''|[^,]+)', 'g') m)
    ),
    NULL::jsonb
FROM pg_ts_dict d
WHERE d.oid >= 16384
