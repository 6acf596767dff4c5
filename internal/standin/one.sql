select r.version, r.name, to_json(r.statements) as statements,
	-- Only the platform makes these columns.
	to_json(r) -> 'rollback' as rollback, to_json(r) ->> 'created_by' as created_by, to_json(r) ->> 'idempotency_key' as idempotency_key
from supabase_migrations.schema_migrations r
where r.version = %L
