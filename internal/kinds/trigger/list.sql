-- Triggers, without those that Postgres makes for constraints. Those that a partition has from its table are here only
-- where they are enabled otherwise.
WITH RECURSIVE cloned (oid, top) AS (
    SELECT t.oid, p.oid
    FROM pg_trigger t JOIN pg_trigger p ON p.oid = t.tgparentid
    WHERE p.tgparentid = 0 AND NOT p.tgisinternal
    UNION ALL
    SELECT t.oid, c.top
    FROM cloned c JOIN pg_trigger t ON t.tgparentid = c.oid
)
SELECT 'pg_trigger'::regclass::oid, t.oid, 0, t.tgname, 'pg_class'::regclass::oid, t.tgrelid, 0,
    CASE WHEN t.tgparentid = 0
        THEN jsonb_build_object('definition', pg_get_triggerdef(t.oid), 'enabled', nullif(t.tgenabled, 'O'), 'depends', (SELECT jsonb_agg(e.extname ORDER BY e.extname)
            FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'))
        ELSE jsonb_build_object('clone', true, 'enabled', t.tgenabled)
    END,
    CASE WHEN t.tgparentid <> 0 THEN jsonb_build_object('of', jsonb_build_array(n.nspname, r.relname, p.tgname)) END
FROM pg_trigger t
LEFT JOIN cloned c ON c.oid = t.oid
LEFT JOIN pg_trigger p ON p.oid = c.top
LEFT JOIN pg_class r ON r.oid = p.tgrelid
LEFT JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE t.oid >= 16384 AND CASE WHEN t.tgparentid = 0 THEN NOT t.tgisinternal ELSE t.tgenabled <> p.tgenabled END
