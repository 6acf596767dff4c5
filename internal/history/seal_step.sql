-- The last statement of a transaction: only in the transaction that wrote the row, and as the user who wrote it, does
-- its seal come to be. The time of day keeps the planner from casting before the row is looked for.
insert into supabase_migrations.cairn_seals (seal)
select case when current_user = $2 and exists (
	select from supabase_migrations.cairn_steps where version = $3 and seal = $1::uuid and xid = pg_current_xact_id()
) then $1::uuid else ('cairn: the transaction is not the one that began at ' || clock_timestamp())::uuid end
