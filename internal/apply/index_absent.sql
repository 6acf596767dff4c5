select (not exists (select from pg_class where oid::bigint = any (array(select json_array_elements_text($1::json)::bigint))))::text
