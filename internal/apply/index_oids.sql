select coalesce(json_agg(to_regclass(name)::oid::bigint) filter (where to_regclass(name) is not null), '[]')::text
from unnest($1::text[]) name
