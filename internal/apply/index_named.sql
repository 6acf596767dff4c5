select (i.indisvalid and i.indisready)::text
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = to_regclass($1) and c.relname = $2
