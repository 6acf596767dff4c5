-- Which of the relations that some kinds need are there, and who reads.
SELECT current_user, array_to_json(array(SELECT name FROM unnest($1::text[]) name WHERE to_regclass(name) IS NOT NULL))
