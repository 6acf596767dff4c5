-- The last statement of a transaction: only in the transaction that wrote the row, and as the user who wrote it, is
-- there a row to seal.
insert into supabase_migrations.cairn_seals (seal)
select seal from supabase_migrations.cairn_reverted
where version = $3 and seal = $1::uuid and xid = pg_current_xact_id() and current_user = $2
