-- The indexes on a table that were not there before, by name where the statement gives one, and otherwise those whose
-- name Postgres made. What another session builds now is its own; a role that may not see which index that is (null)
-- takes it for each of them.
select format('%I.%I', n.nspname, c.relname), (i.indisvalid and i.indisready)::text, pg_get_indexdef(c.oid)
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where i.indrelid = to_regclass($1) and (c.relname = $2 or $2 = '' and c.relname ~ '_idx[0-9]*$')
  and not (c.oid::bigint = any (array(select json_array_elements_text($3::json)::bigint)))
  and (i.indisvalid or not exists (
    select from pg_stat_progress_create_index p
    where p.datname = current_database() and p.pid <> pg_backend_pid()
      and (p.index_relid is null or p.index_relid = c.oid or p.index_relid = 0 and p.relid = i.indrelid)))
