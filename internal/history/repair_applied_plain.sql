insert into supabase_migrations.schema_migrations (version, name, statements)
values ($1, $2, $3::text[])
on conflict (version) do update set name = excluded.name, statements = excluded.statements
