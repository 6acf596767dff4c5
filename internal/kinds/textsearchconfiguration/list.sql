-- Configurations, with the dictionaries that each sort of token is looked up in.
SELECT 'pg_ts_config'::regclass::oid, c.oid, 0, c.cfgname, 'pg_namespace'::regclass::oid, c.cfgnamespace, 0,
    jsonb_build_object(
        'parser', format('%I.%I', n.nspname, p.prsname),
        'mappings', (
            SELECT jsonb_object_agg(m.alias, m.dictionaries)
            FROM (
                SELECT t.alias, jsonb_agg(m.mapdict::regdictionary::text ORDER BY m.mapseqno) AS dictionaries
                FROM pg_ts_config_map m
                JOIN ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype
                WHERE m.mapcfg = c.oid
                GROUP BY t.alias
            ) m)
    ),
    NULL::jsonb
FROM pg_ts_config c
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE c.oid >= 16384
