-- Who reads; which of the relations that some kinds need are there, may they be read or not; and of which sorts the
-- database has objects that are a user's: those of pg_class, pg_type and pg_proc by their letter, all others by catalog.
SELECT current_user,
    array_to_json(array(
        SELECT name FROM unnest($1::text[]) name
        JOIN pg_class c ON c.relname = split_part(name, '.', 2)
        JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = split_part(name, '.', 1))),
    array_to_json(array(
        SELECT 'pg_class ' || relkind::text FROM pg_class WHERE oid >= 16384 GROUP BY 1
        UNION ALL SELECT 'pg_type ' || typtype::text FROM pg_type WHERE oid >= 16384 GROUP BY 1
        UNION ALL SELECT 'pg_proc ' || prokind::text FROM pg_proc WHERE oid >= 16384 GROUP BY 1
        UNION ALL SELECT 'member' WHERE EXISTS ( -- of an extension; plpgsql's are the server's own
            SELECT FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND objid >= 16384)
        UNION ALL SELECT 'pg_am' WHERE EXISTS (SELECT FROM pg_am WHERE oid >= 16384)
        UNION ALL SELECT 'pg_amop' WHERE EXISTS (SELECT FROM pg_amop WHERE oid >= 16384)
        UNION ALL SELECT 'pg_amproc' WHERE EXISTS (SELECT FROM pg_amproc WHERE oid >= 16384)
        UNION ALL SELECT 'pg_attrdef' WHERE EXISTS (SELECT FROM pg_attrdef WHERE oid >= 16384)
        UNION ALL SELECT 'pg_cast' WHERE EXISTS (SELECT FROM pg_cast WHERE oid >= 16384)
        UNION ALL SELECT 'pg_collation' WHERE EXISTS (SELECT FROM pg_collation WHERE oid >= 16384)
        UNION ALL SELECT 'pg_constraint' WHERE EXISTS (SELECT FROM pg_constraint WHERE oid >= 16384)
        UNION ALL SELECT 'pg_conversion' WHERE EXISTS (SELECT FROM pg_conversion WHERE oid >= 16384)
        UNION ALL SELECT 'pg_event_trigger' WHERE EXISTS (SELECT FROM pg_event_trigger WHERE oid >= 16384)
        UNION ALL SELECT 'pg_foreign_data_wrapper' WHERE EXISTS (SELECT FROM pg_foreign_data_wrapper WHERE oid >= 16384)
        UNION ALL SELECT 'pg_foreign_server' WHERE EXISTS (SELECT FROM pg_foreign_server WHERE oid >= 16384)
        UNION ALL SELECT 'pg_inherits' WHERE EXISTS (SELECT FROM pg_inherits)
        UNION ALL SELECT 'pg_language' WHERE EXISTS (SELECT FROM pg_language WHERE oid >= 16384)
        UNION ALL SELECT 'pg_largeobject_metadata' WHERE EXISTS (SELECT FROM pg_largeobject_metadata WHERE oid >= 16384)
        UNION ALL SELECT 'pg_opclass' WHERE EXISTS (SELECT FROM pg_opclass WHERE oid >= 16384)
        UNION ALL SELECT 'pg_operator' WHERE EXISTS (SELECT FROM pg_operator WHERE oid >= 16384)
        UNION ALL SELECT 'pg_opfamily' WHERE EXISTS (SELECT FROM pg_opfamily WHERE oid >= 16384)
        UNION ALL SELECT 'pg_policy' WHERE EXISTS (SELECT FROM pg_policy WHERE oid >= 16384)
        UNION ALL SELECT 'pg_publication' WHERE EXISTS (SELECT FROM pg_publication WHERE oid >= 16384)
        UNION ALL SELECT 'pg_statistic_ext' WHERE EXISTS (SELECT FROM pg_statistic_ext WHERE oid >= 16384)
        UNION ALL SELECT 'pg_transform' WHERE EXISTS (SELECT FROM pg_transform WHERE oid >= 16384)
        UNION ALL SELECT 'pg_trigger' WHERE EXISTS (SELECT FROM pg_trigger WHERE oid >= 16384)
        UNION ALL SELECT 'pg_ts_config' WHERE EXISTS (SELECT FROM pg_ts_config WHERE oid >= 16384)
        UNION ALL SELECT 'pg_ts_dict' WHERE EXISTS (SELECT FROM pg_ts_dict WHERE oid >= 16384)
        UNION ALL SELECT 'pg_ts_parser' WHERE EXISTS (SELECT FROM pg_ts_parser WHERE oid >= 16384)
        UNION ALL SELECT 'pg_ts_template' WHERE EXISTS (SELECT FROM pg_ts_template WHERE oid >= 16384)))
