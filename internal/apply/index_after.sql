-- The indexes on a table that were not there before, by name where the statement gives one.
select format('%I.%I', n.nspname, c.relname), (i.indisvalid and i.indisready)::text
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where i.indrelid = to_regclass($1) and ($2 = '' or c.relname = $2)
  and not (c.oid::bigint = any (array(select json_array_elements_text($3::json)::bigint)))
