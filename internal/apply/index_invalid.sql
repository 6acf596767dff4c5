-- An index of that name on that table which an earlier build left INVALID and nobody builds now.
select format('%I.%I', n.nspname, c.relname)
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
where i.indrelid = to_regclass($1) and c.relname = $2 and not i.indisvalid
  and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
