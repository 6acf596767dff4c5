-- The tables and views that a name may mean: $1 is the schema, null where none was given, $2 the name. Those of public
-- come first, and those of internal schemas last.
SELECT c.oid, n.nspname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname = $2
    AND CASE WHEN $1::text IS NULL THEN n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ELSE n.nspname = $1 END
ORDER BY n.nspname <> 'public', n.nspname
