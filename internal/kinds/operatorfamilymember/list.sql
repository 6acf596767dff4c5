-- What is in an operator family without being part of one of its classes. What an extension added to a family that is not
-- its own is the extension's, though pg_depend does not say so.
SELECT 'pg_amop'::regclass::oid, m.oid, 0,
    format('OPERATOR %s (%s, %s)', m.amopstrategy, format_type(m.amoplefttype, NULL), format_type(m.amoprighttype, NULL)),
    'pg_opfamily'::regclass::oid, m.amopfamily, 0,
    jsonb_build_object(
        'does', format('%I.%s', n.nspname, o.oprname),
        'order_by', (SELECT format('%I.%I', s.nspname, f.opfname) FROM pg_opfamily f JOIN pg_namespace s ON s.oid = f.opfnamespace WHERE f.oid = m.amopsortfamily)
    ),
    jsonb_build_object('what', format('OPERATOR %s', m.amopstrategy), 'types', format('(%s, %s)', format_type(m.amoplefttype, NULL), format_type(m.amoprighttype, NULL)))
FROM pg_amop m
JOIN pg_operator o ON o.oid = m.amopopr
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE m.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_amop'::regclass AND d.objid = m.oid AND d.refclassid = 'pg_opclass'::regclass AND d.deptype = 'i')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_operator'::regclass AND d.objid = m.amopopr AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')
UNION ALL
SELECT 'pg_amproc'::regclass::oid, m.oid, 0,
    format('FUNCTION %s (%s, %s)', m.amprocnum, format_type(m.amproclefttype, NULL), format_type(m.amprocrighttype, NULL)),
    'pg_opfamily'::regclass::oid, m.amprocfamily, 0,
    jsonb_build_object('does', m.amproc::regprocedure::text),
    jsonb_build_object('what', format('FUNCTION %s', m.amprocnum), 'types', format('(%s, %s)', format_type(m.amproclefttype, NULL), format_type(m.amprocrighttype, NULL)))
FROM pg_amproc m
WHERE m.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_amproc'::regclass AND d.objid = m.oid AND d.refclassid = 'pg_opclass'::regclass AND d.deptype = 'i')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = m.amproc AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e')
