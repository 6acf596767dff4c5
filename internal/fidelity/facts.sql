-- The facts of a database's platform objects; the line before each section names its kinds. A row is: kind, schema, name, the table it is
-- part of, its owner, whether it may be the user's, its properties, its ACL (null where it has the default one) and the
-- default ACL. Whatever differs between servers for no reason is left out: OIDs, passwords, grantors, patch levels.

-- role
SELECT 'role', NULL, rolname, NULL, NULL, rolname NOT IN (SELECT rolname FROM roles),
    jsonb_build_object(
        'login', rolcanlogin, 'inherit', rolinherit, 'createrole', rolcreaterole, 'createdb', rolcreatedb,
        'superuser', rolsuper, 'replication', rolreplication, 'bypassrls', rolbypassrls, 'connection limit', rolconnlimit
    ), NULL, NULL
FROM pg_roles WHERE rolname !~ '^(pg_|cli_login_)';

-- From Postgres 16 on one membership may be granted by several roles, each with options of its own.
-- membership
SELECT 'membership', NULL, m.rolname || ' in ' || g.rolname, NULL, NULL,
    m.rolname NOT IN (SELECT rolname FROM roles) OR g.rolname NOT IN (SELECT rolname FROM roles),
    jsonb_strip_nulls(jsonb_build_object(
        'admin', bool_or(a.admin_option),
        'inherit', bool_or((to_jsonb(a) ->> 'inherit_option')::boolean),
        'set', bool_or((to_jsonb(a) ->> 'set_option')::boolean)
    )), NULL, NULL
FROM pg_auth_members AS a
JOIN pg_roles AS m ON m.oid = a.member
JOIN pg_roles AS g ON g.oid = a.roleid
WHERE m.rolname !~ '^(pg_|cli_login_)'
GROUP BY m.rolname, g.rolname;

-- database setting, role setting
SELECT CASE WHEN s.setrole = 0 THEN 'database setting' ELSE 'role setting' END, NULL,
    CASE WHEN s.setrole <> 0 THEN coalesce(r.rolname, 'all roles') || ' ' ELSE '' END
        || CASE WHEN s.setrole <> 0 AND s.setdatabase <> 0 THEN 'in this database ' ELSE '' END || x.name,
    NULL, NULL, x.name ~ '^(app|pgrst)\.' OR r.rolname NOT IN (SELECT rolname FROM roles),
    jsonb_build_object('value', CASE WHEN x.name ~* 'secret|passw|token|_key' THEN 'a secret' ELSE x.value END),
    NULL, NULL
FROM pg_db_role_setting AS s
LEFT JOIN pg_roles AS r ON r.oid = s.setrole
CROSS JOIN LATERAL (
    SELECT split_part(pair, '=', 1) AS name, substr(pair, strpos(pair, '=') + 1) AS value FROM unnest(s.setconfig) AS pair
) AS x
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND (r.rolname IS NULL OR r.rolname !~ '^cli_login_');

-- database
SELECT 'database', NULL, 'this database', NULL, pg_get_userbyid(datdba), false, '{}'::jsonb,
    to_jsonb(datacl::text[]), to_jsonb(acldefault('d', datdba)::text[])
FROM pg_database WHERE datname = current_database();

-- schema
SELECT 'schema', nspname, nspname, NULL, owner, false, '{}'::jsonb,
    to_jsonb(nspacl::text[]), to_jsonb(acldefault('n', (SELECT nspowner FROM pg_namespace AS n WHERE n.oid = spaces.oid))::text[])
FROM spaces;

-- default privileges
SELECT 'default privileges', nspname,
    'for ' || pg_get_userbyid(defaclrole) || ' on ' || CASE defaclobjtype
        WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas'
        ELSE defaclobjtype::text END,
    NULL, NULL, defaclrole NOT IN (SELECT oid FROM roles), '{}'::jsonb, to_jsonb(defaclacl::text[]), '[]'::jsonb
FROM pg_default_acl
LEFT JOIN spaces AS s ON s.oid = defaclnamespace
WHERE defaclnamespace = 0 OR s.oid IS NOT NULL;

-- extension
SELECT 'extension', NULL, extname, NULL, NULL, false,
    jsonb_build_object('schema', nspname, 'version', substring(extversion FROM '^[^.]*(?:\.[^.]*)?')), NULL, NULL
FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace;

-- Only the platform makes postgres the owner of one; what calls a function of the user's own is the user's wherever it is.
-- event trigger
SELECT 'event trigger', NULL, evtname, NULL, pg_get_userbyid(evtowner),
    pg_get_userbyid(evtowner) = 'postgres' OR evtfoid NOT IN (SELECT p.oid FROM pg_proc AS p JOIN rooms ON rooms.oid = pronamespace),
    jsonb_build_object(
        'event', evtevent, 'tags', array_to_string(ARRAY(SELECT unnest(evttags) ORDER BY 1), ', '),
        'function', evtfoid::regproc::text, 'enabled', evtenabled::text
    ), NULL, NULL
FROM pg_event_trigger AS e
WHERE NOT EXISTS (SELECT FROM members WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid);

-- publication
SELECT 'publication', NULL, pubname, NULL, pg_get_userbyid(pubowner), pg_get_userbyid(pubowner) = 'postgres',
    jsonb_build_object(
        'all tables', puballtables, 'insert', pubinsert, 'update', pubupdate, 'delete', pubdelete,
        'truncate', pubtruncate, 'via root', pubviaroot
    ), NULL, NULL
FROM pg_publication;

-- table, view, materialized view
SELECT CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END, nspname, relname, NULL,
    owner, own,
    jsonb_strip_nulls(jsonb_build_object(
        'row level security', CASE WHEN relkind IN ('r', 'p') THEN relrowsecurity END,
        'forced', CASE WHEN relforcerowsecurity THEN true END,
        'partitioned by', pg_get_partkeydef(oid),
        'foreign', CASE WHEN relkind = 'f' THEN true END,
        'unlogged', CASE WHEN relpersistence = 'u' THEN true END,
        'replica identity', CASE WHEN relkind IN ('r', 'p') AND relreplident <> 'd' THEN relreplident::text END,
        'options', array_to_string(ARRAY(SELECT unnest(reloptions) ORDER BY 1), ', '),
        'definition', CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END
    )), to_jsonb(relacl::text[]), to_jsonb(acldefault('r', relowner)::text[])
FROM tables;

-- column
SELECT 'column', nspname, relname || '.' || attname, relname, NULL, own,
    jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(atttypid, atttypmod),
        'not null', attnotnull,
        'collation', CASE WHEN attcollation <> typcollation THEN attcollation::regcollation::text END,
        'identity', CASE attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        'generated', CASE WHEN attgenerated <> '' THEN pg_get_expr(adbin, adrelid) END,
        'default', CASE WHEN attgenerated = '' THEN pg_get_expr(adbin, adrelid) END
    )), to_jsonb(attacl::text[]), '[]'::jsonb
FROM tables AS r
JOIN pg_attribute AS a ON attrelid = r.oid AND attnum > 0 AND NOT attisdropped
JOIN pg_type AS t ON t.oid = atttypid
LEFT JOIN pg_attrdef ON adrelid = r.oid AND adnum = attnum;

-- Postgres 18 keeps NOT NULL as a constraint too; the columns say it already.
-- constraint
SELECT 'constraint', nspname, relname || '.' || conname, relname, NULL, own,
    jsonb_build_object('definition', pg_get_constraintdef(k.oid)), NULL, NULL
FROM pg_constraint AS k JOIN relations AS r ON r.oid = conrelid
WHERE contype NOT IN ('n', 't');

-- index
SELECT 'index', r.nspname, r.relname || '.' || i.relname, r.relname, NULL, r.own,
    jsonb_build_object('definition', pg_get_indexdef(i.oid), 'valid', indisvalid), NULL, NULL
FROM pg_index
JOIN tables AS r ON r.oid = indrelid
JOIN pg_class AS i ON i.oid = indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid AND contype IN ('p', 'u', 'x'));

-- A trigger of the platform calls a function beside its table.
-- trigger
SELECT 'trigger', nspname, relname || '.' || tgname, relname, NULL, own OR p.pronamespace <> relnamespace,
    jsonb_build_object('definition', pg_get_triggerdef(g.oid), 'enabled', tgenabled::text), NULL, NULL
FROM pg_trigger AS g
JOIN tables AS r ON r.oid = tgrelid
JOIN pg_proc AS p ON p.oid = tgfoid
WHERE NOT tgisinternal;

-- policy
SELECT 'policy', nspname, relname || '.' || polname, relname, NULL, true,
    jsonb_strip_nulls(jsonb_build_object(
        'command', polcmd::text, 'permissive', polpermissive,
        'roles', (SELECT string_agg(CASE u WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(u) END, ', ' ORDER BY 1) FROM unnest(polroles) AS u),
        'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid)
    )), NULL, NULL
FROM pg_policy JOIN tables AS r ON r.oid = polrelid;

-- function
SELECT 'function', nspname,
    proname || '(' || coalesce((SELECT string_agg(format_type(t, NULL), ', ' ORDER BY n) FROM unnest(proargtypes) WITH ORDINALITY AS u (t, n)), '') || ')',
    NULL, pg_get_userbyid(proowner), pg_get_userbyid(proowner) = 'postgres',
    jsonb_strip_nulls(jsonb_build_object(
        'kind', CASE prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' END,
        'arguments', pg_get_function_arguments(p.oid), 'returns', pg_get_function_result(p.oid), 'language', lanname,
        'volatility', CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
        'security', CASE WHEN prosecdef THEN 'definer' ELSE 'invoker' END,
        'strict', proisstrict, 'leakproof', proleakproof,
        'parallel', CASE proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
        'settings', array_to_string(ARRAY(SELECT unnest(proconfig) ORDER BY 1), ', '),
        'body', coalesce(pg_get_function_sqlbody(p.oid), prosrc)
    )), to_jsonb(proacl::text[]), to_jsonb(acldefault('f', proowner)::text[])
FROM pg_proc AS p
JOIN rooms AS s ON s.oid = pronamespace
JOIN pg_language AS l ON l.oid = prolang
WHERE s.nspname = 'vault' OR NOT EXISTS (SELECT FROM members WHERE classid = 'pg_proc'::regclass AND objid = p.oid);

-- enum, domain, range, composite type
SELECT CASE typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'composite type' END,
    nspname, typname, NULL, pg_get_userbyid(typowner), pg_get_userbyid(typowner) = 'postgres',
    jsonb_strip_nulls(jsonb_build_object(
        'values', (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
        'attributes', (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
            FROM pg_attribute WHERE attrelid = nullif(typrelid, 0) AND attnum > 0 AND NOT attisdropped),
        'base', CASE WHEN typtype = 'd' THEN format_type(typbasetype, typtypmod) END,
        'checks', (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY conname) FROM pg_constraint WHERE contypid = t.oid AND contype = 'c')
    )), to_jsonb(typacl::text[]), to_jsonb(acldefault('T', typowner)::text[])
FROM pg_type AS t
JOIN rooms AS s ON s.oid = typnamespace
WHERE typtype IN ('e', 'd', 'r', 'c')
    AND (typtype <> 'c' OR EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c'))
    AND (s.nspname = 'vault' OR NOT EXISTS (SELECT FROM members WHERE classid = 'pg_type'::regclass AND objid = t.oid));

-- The sequence of an identity column is part of the column.
-- sequence
SELECT 'sequence', nspname, relname,
    (SELECT c.relname FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.refobjid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'),
    owner, own,
    jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(seqtypid, NULL), 'increment', seqincrement, 'start', seqstart,
        'cycle', CASE WHEN seqcycle THEN true END,
        'of', (SELECT c.relname || '.' || a.attname FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.refobjid
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a')
    )), to_jsonb(relacl::text[]), to_jsonb(acldefault('s', relowner)::text[])
FROM relations AS r JOIN pg_sequence ON seqrelid = r.oid
WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = r.oid AND deptype = 'i');
