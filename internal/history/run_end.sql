-- Rows that were written between xid_from and xid_to were written by this run.
update supabase_migrations.cairn_runs set xid_to = pg_current_xact_id() where run = $1
