select version, step::text, direction, state, statement_md5, run, coalesce(before::text, '')
from supabase_migrations.cairn_steps
order by version collate "C", direction, step
