-- The version is still there and the history is the one that the plan was made from.
select case when bool_or(version = $1) and count(*) = $2::bigint
                 and bit_xor(hashtextextended(version::text, 0)) = $3::bigint then true
            else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
from supabase_migrations.schema_migrations
