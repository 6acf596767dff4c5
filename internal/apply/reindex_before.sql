select coalesce(json_agg(i.indexrelid::bigint), '[]')::text
from pg_index i join pg_class c on c.oid = i.indexrelid
where not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$'
