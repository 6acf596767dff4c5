-- Everything the platform made, one line each: what the golden file catalog.txt holds. MAINTAIN ("m"), which came with
-- Postgres 17, is left out of privileges, so that one golden file serves all majors.
WITH spaces AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), members AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), relations AS (
    SELECT c.*, nspname || '.' || relname AS name
    FROM pg_class AS c JOIN spaces AS s ON s.oid = relnamespace
    WHERE NOT EXISTS (SELECT FROM members WHERE classid = 'pg_class'::regclass AND objid = c.oid)
), lines AS (
    SELECT concat_ws(' ', 'schema', nspname, 'owner', nspowner::regrole, 'acl', nspacl) AS line
    FROM pg_namespace WHERE oid IN (SELECT oid FROM spaces)
    UNION ALL
    SELECT concat_ws(' ', 'relation', name, relkind::text, 'owner', relowner::regrole,
        CASE WHEN relrowsecurity THEN 'rls' END, CASE WHEN relforcerowsecurity THEN 'forced' END, 'acl', relacl)
    FROM relations WHERE relkind IN ('r', 'p', 'v', 'S')
    UNION ALL
    SELECT concat_ws(' ', 'column', name, lpad(attnum::text, 2, '0'), attname, format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN 'not null' END,
        CASE WHEN attcollation <> typcollation THEN 'collate ' || attcollation::regcollation END,
        CASE WHEN attidentity <> '' THEN 'identity' WHEN attgenerated <> '' THEN 'generated' WHEN atthasdef THEN 'default' END,
        pg_get_expr(adbin, adrelid))
    FROM relations AS r
    JOIN pg_attribute AS a ON attrelid = r.oid AND attnum > 0 AND NOT attisdropped
    JOIN pg_type AS t ON t.oid = atttypid
    LEFT JOIN pg_attrdef ON adrelid = r.oid AND adnum = attnum
    WHERE relkind IN ('r', 'p', 'v')
    UNION ALL
    SELECT concat_ws(' ', 'constraint', name, conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint AS k JOIN relations AS r ON r.oid = conrelid WHERE contype <> 'n'
    UNION ALL
    SELECT concat_ws(' ', 'index', name, pg_get_indexdef(oid)) FROM relations WHERE relkind IN ('i', 'I')
    UNION ALL
    SELECT concat_ws(' ', 'trigger', name, pg_get_triggerdef(g.oid))
    FROM pg_trigger AS g JOIN relations AS r ON r.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'function', nspname || '.' || proname || '(' || pg_get_function_arguments(p.oid) || ')',
        'returns', pg_get_function_result(p.oid), lanname, provolatile::text, CASE WHEN prosecdef THEN 'definer' END,
        proconfig, 'owner', proowner::regrole, 'acl', proacl)
    FROM pg_proc AS p JOIN spaces AS s ON s.oid = pronamespace JOIN pg_language AS l ON l.oid = prolang
    WHERE NOT EXISTS (SELECT FROM members WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
    UNION ALL
    SELECT concat_ws(' ', 'enum', nspname || '.' || typname, string_agg(enumlabel, ', ' ORDER BY enumsortorder))
    FROM pg_enum JOIN pg_type AS t ON t.oid = enumtypid JOIN spaces AS s ON s.oid = typnamespace GROUP BY nspname, typname
    UNION ALL
    SELECT concat_ws(' ', 'default privileges', defaclrole::regrole, nspname, defaclobjtype::text, defaclacl)
    FROM pg_default_acl JOIN spaces AS s ON s.oid = defaclnamespace
    UNION ALL
    SELECT concat_ws(' ', 'event trigger', evtname, evtevent, evtfoid::regproc, evttags) FROM pg_event_trigger
    UNION ALL
    SELECT concat_ws(' ', 'publication', pubname, 'owner', pubowner::regrole) FROM pg_publication
)
SELECT regexp_replace(line, '(=[arwdDxt*]+)m\*?/', '\1/', 'g') AS line FROM lines ORDER BY line COLLATE "C"
