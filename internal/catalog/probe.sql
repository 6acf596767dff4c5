-- Which of the relations that some kinds need are there, may they be read or not, and who reads.
SELECT current_user, array_to_json(array(
    SELECT name FROM unnest($1::text[]) name
    JOIN pg_class c ON c.relname = split_part(name, '.', 2)
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = split_part(name, '.', 1)))
