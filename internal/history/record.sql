-- Claims a version before any of its statements runs: a second runner fails here, on the key. The count is that of
-- the history our plan was made from; the cast fails where somebody changed it since.
insert into supabase_migrations.schema_migrations (version, name, statements)
select $1::text, $2::text, $3::text[]
where case when (select count(*) from supabase_migrations.schema_migrations) = $4::bigint then true
           else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
returning pg_current_xact_id()::text, pg_backend_pid()::text
