select coalesce(json_agg(indexrelid::bigint), '[]')::text from pg_index where indrelid = to_regclass($1)
