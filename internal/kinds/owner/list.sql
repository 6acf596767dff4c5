-- Who owns what. A sequence that a column owns has the owner of its table.
SELECT a.class, a.oid, 0, NULL::text, a.class, a.oid, 0, concat('{"role":', to_json(r.rolname), '}'), NULL
FROM (
    SELECT 'pg_namespace'::regclass::oid, n.oid, n.nspowner FROM pg_namespace n
    UNION ALL
    SELECT 'pg_class'::regclass::oid, c.oid, c.relowner FROM pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND c.relkind = 'S' AND d.deptype IN ('a', 'i')
            AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0)
    UNION ALL SELECT 'pg_proc'::regclass::oid, p.oid, p.proowner FROM pg_proc p
    UNION ALL SELECT 'pg_type'::regclass::oid, t.oid, t.typowner FROM pg_type t
    UNION ALL SELECT 'pg_operator'::regclass::oid, o.oid, o.oprowner FROM pg_operator o
    UNION ALL SELECT 'pg_opclass'::regclass::oid, o.oid, o.opcowner FROM pg_opclass o
    UNION ALL SELECT 'pg_opfamily'::regclass::oid, o.oid, o.opfowner FROM pg_opfamily o
    UNION ALL SELECT 'pg_collation'::regclass::oid, c.oid, c.collowner FROM pg_collation c
    UNION ALL SELECT 'pg_conversion'::regclass::oid, c.oid, c.conowner FROM pg_conversion c
    UNION ALL SELECT 'pg_ts_config'::regclass::oid, c.oid, c.cfgowner FROM pg_ts_config c
    UNION ALL SELECT 'pg_ts_dict'::regclass::oid, d.oid, d.dictowner FROM pg_ts_dict d
    UNION ALL SELECT 'pg_statistic_ext'::regclass::oid, s.oid, s.stxowner FROM pg_statistic_ext s
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass::oid, f.oid, f.fdwowner FROM pg_foreign_data_wrapper f
    UNION ALL SELECT 'pg_foreign_server'::regclass::oid, s.oid, s.srvowner FROM pg_foreign_server s
    UNION ALL SELECT 'pg_language'::regclass::oid, l.oid, l.lanowner FROM pg_language l
    UNION ALL SELECT 'pg_publication'::regclass::oid, p.oid, p.pubowner FROM pg_publication p
    UNION ALL SELECT 'pg_subscription'::regclass::oid, s.oid, s.subowner FROM pg_subscription s
    UNION ALL SELECT 'pg_event_trigger'::regclass::oid, e.oid, e.evtowner FROM pg_event_trigger e
    UNION ALL SELECT 'pg_largeobject'::regclass::oid, l.oid, l.lomowner FROM pg_largeobject_metadata l
) a (class, oid, owner)
JOIN pg_roles r ON r.oid = a.owner
WHERE a.oid >= 16384 OR a.class = 'pg_namespace'::regclass AND a.oid = to_regnamespace('public')
