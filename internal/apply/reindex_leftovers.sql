-- What a REINDEX CONCURRENTLY that did not end leaves behind (Postgres docs, REINDEX, "Rebuilding Indexes Concurrently").
select format('%I.%I', n.nspname, c.relname)
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$'
  and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
  and not (c.oid::bigint = any (array(select json_array_elements_text($1::json)::bigint)))
