select (count(to_regclass(name)) = 0)::text from unnest($1::text[]) name
