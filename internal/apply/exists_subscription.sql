select exists (select from pg_subscription where subname = $1)::text
