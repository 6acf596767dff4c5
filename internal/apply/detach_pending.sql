select inhdetachpending::text from pg_inherits where inhparent = to_regclass($1) and inhrelid = to_regclass($2)
