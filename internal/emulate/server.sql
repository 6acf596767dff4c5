SELECT name, version, superuser AND NOT trusted, coalesce(schema, ''), coalesce(comment, '') FROM pg_available_extension_versions;
SELECT extname FROM pg_extension;
SELECT parname FROM pg_parameter_acl;
SELECT pubname FROM pg_publication WHERE pubowner IN (SELECT oid FROM pg_roles WHERE rolsuper);
SELECT to_regprocedure('pg_catalog.cairn_escalate(text)') IS NOT NULL, to_regnamespace('extensions') IS NOT NULL
