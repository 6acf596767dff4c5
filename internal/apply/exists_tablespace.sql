select exists (select from pg_tablespace where spcname = $1)::text
