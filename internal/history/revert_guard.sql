-- The version is still there and the history is the one that the plan was made from.
select case when exists (select from supabase_migrations.schema_migrations where version = $1)
                 and (select count(*) from supabase_migrations.schema_migrations) = $2::bigint then true
            else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
