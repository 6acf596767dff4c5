-- Objects of the user's that pg_depend need not know: all that they need may be pinned.
SELECT 'pg_cast'::regclass::oid, oid FROM pg_cast WHERE oid >= 16384
UNION ALL SELECT 'pg_am'::regclass::oid, oid FROM pg_am WHERE oid >= 16384
UNION ALL SELECT 'pg_language'::regclass::oid, oid FROM pg_language WHERE oid >= 16384
UNION ALL SELECT 'pg_transform'::regclass::oid, oid FROM pg_transform WHERE oid >= 16384
UNION ALL SELECT 'pg_namespace'::regclass::oid, oid FROM pg_namespace WHERE oid >= 16384
UNION ALL SELECT 'pg_extension'::regclass::oid, oid FROM pg_extension WHERE oid >= 16384
UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass::oid, oid FROM pg_foreign_data_wrapper WHERE oid >= 16384
UNION ALL SELECT 'pg_publication'::regclass::oid, oid FROM pg_publication WHERE oid >= 16384
UNION ALL SELECT 'pg_subscription'::regclass::oid, oid FROM pg_subscription
WHERE oid >= 16384 AND subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
UNION ALL SELECT 'pg_largeobject'::regclass::oid, oid FROM pg_largeobject_metadata WHERE oid >= 16384
