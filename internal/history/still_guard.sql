-- The history is the one that was read.
select case when count(*) = $1::bigint and coalesce(bit_xor(hashtextextended(version::text, 0)), 0) = $2::bigint then true
            else ('cairn: the history has moved at ' || clock_timestamp())::boolean end
from supabase_migrations.schema_migrations
