-- Operator classes, with the operators and functions that are part of them; others are their family's.
SELECT 'pg_opclass'::regclass::oid, c.oid, 0, concat(c.opcname, ' USING ', a.amname), 'pg_namespace'::regclass::oid, c.opcnamespace, 0,
    jsonb_build_object(
        'type', format_type(c.opcintype, NULL),
        'default', CASE WHEN c.opcdefault THEN true END,
        'family', format('%I.%I', n.nspname, f.opfname),
        'storage', CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END,
        'operators', (
            SELECT jsonb_agg(
                format('OPERATOR %s %I.%s (%s, %s)', m.amopstrategy, s.nspname, o.oprname, format_type(m.amoplefttype, NULL), format_type(m.amoprighttype, NULL))
                    || coalesce((
                        SELECT format(' FOR ORDER BY %I.%I', ns.nspname, fs.opfname)
                        FROM pg_opfamily fs JOIN pg_namespace ns ON ns.oid = fs.opfnamespace WHERE fs.oid = m.amopsortfamily), '')
                ORDER BY m.amopstrategy, m.amoplefttype, m.amoprighttype)
            FROM pg_depend d
            JOIN pg_amop m ON m.oid = d.objid
            JOIN pg_operator o ON o.oid = m.amopopr
            JOIN pg_namespace s ON s.oid = o.oprnamespace
            WHERE d.classid = 'pg_amop'::regclass AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid AND d.deptype = 'i'),
        'functions', (
            SELECT jsonb_agg(
                format('FUNCTION %s (%s, %s) %s', m.amprocnum, format_type(m.amproclefttype, NULL), format_type(m.amprocrighttype, NULL), m.amproc::regprocedure)
                ORDER BY m.amprocnum, m.amproclefttype, m.amprocrighttype)
            FROM pg_depend d
            JOIN pg_amproc m ON m.oid = d.objid
            WHERE d.classid = 'pg_amproc'::regclass AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid AND d.deptype = 'i')
    ),
    jsonb_build_object('name', c.opcname, 'method', a.amname)
FROM pg_opclass c
JOIN pg_am a ON a.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace n ON n.oid = f.opfnamespace
WHERE c.oid >= 16384
