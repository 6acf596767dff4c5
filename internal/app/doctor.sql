-- What the doctor looks at in a catalog. $1 are the schemas that the data API serves. What extensions own is left out; an
-- index that is being built now is not broken.
WITH members AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), served AS (
    SELECT n.oid FROM pg_namespace n WHERE n.nspname = ANY ($1::text[])
), callers AS (
    SELECT rolname AS role FROM pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role')
), own AS (
    SELECT c.*, n.nspname, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
)
SELECT jsonb_build_object(
    'role', current_user,
    'has_api', EXISTS (SELECT FROM callers),
    'may_record', coalesce((
        SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'supabase_migrations' AND c.relname = 'schema_migrations'
    ), has_database_privilege(current_database(), 'CREATE')),
    'invalid_indexes', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('schema', o.nspname,
            'index', o.name, 'table', i.indrelid::regclass::text, 'rebuilt', o.relname ~ '_cc(new|old)[0-9]*$') ORDER BY o.name), '[]')
        FROM pg_index i JOIN own o ON o.oid = i.indexrelid
        WHERE NOT i.indisvalid AND o.relkind = 'i' AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index b WHERE b.index_relid = i.indexrelid)),
    'unvalidated', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('schema', o.nspname, 'constraint', quote_ident(k.conname), 'table', o.name) ORDER BY o.name, k.conname), '[]')
        FROM pg_constraint k JOIN own o ON o.oid = k.conrelid
        WHERE NOT k.convalidated AND k.conparentid = 0 AND to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'),
    'open_tables', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('schema', o.nspname, 'table', o.name, 'roles', w.roles) ORDER BY o.name), '[]')
        FROM own o CROSS JOIN LATERAL (
            SELECT jsonb_agg(r.role ORDER BY r.role) AS roles FROM callers r
            WHERE r.role <> 'service_role' AND has_schema_privilege(r.role, o.relnamespace, 'USAGE')
                AND (has_table_privilege(r.role, o.oid, 'SELECT, INSERT, UPDATE, DELETE') OR has_any_column_privilege(r.role, o.oid, 'SELECT, INSERT, UPDATE'))
        ) w
        WHERE o.relkind IN ('r', 'p') AND NOT o.relrowsecurity AND o.relnamespace IN (SELECT oid FROM served) AND w.roles IS NOT NULL),
    'idle_policies', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('schema', o.nspname, 'table', o.name, 'policies', (SELECT count(*) FROM pg_policy p WHERE p.polrelid = o.oid)) ORDER BY o.name), '[]')
        FROM own o
        WHERE o.relkind IN ('r', 'p') AND NOT o.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = o.oid)),
    'functions', (
        SELECT coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname,
            'name', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), 'owner', pg_get_userbyid(p.proowner),
            'definer', p.prosecdef, 'source', p.prosrc, 'texts', a.texts, 'kind', CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
            'callers', coalesce((
                SELECT jsonb_agg(r.role ORDER BY r.role) FROM callers r
                WHERE n.oid IN (SELECT oid FROM served) AND has_schema_privilege(r.role, n.oid, 'USAGE') AND has_function_privilege(r.role, p.oid, 'EXECUTE')), '[]')
        ) ORDER BY n.nspname, p.proname, p.oid), '[]')
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('name', coalesce(g.name, ''), 'position', g.position)) AS texts
            FROM (
                SELECT t.type, t.name, count(*) OVER (ORDER BY t.n) AS position
                FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes) WITH ORDINALITY AS t (type, name, mode, n)
                WHERE coalesce(t.mode, 'i') IN ('i', 'b', 'v')
            ) g
            WHERE g.type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text[]'::regtype)
        ) a
        WHERE p.prokind IN ('f', 'p') AND l.lanname NOT IN ('c', 'internal', 'sql') AND p.prosrc ~* 'execute' AND a.texts IS NOT NULL
            AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid))
)
