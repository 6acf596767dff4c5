-- What the history cannot hold. The comment on cairn_applied carries the format's number.
--
-- A row of cairn_applied or cairn_reverted needs its seal when the transaction ends (a deferred foreign key), and the
-- seal is written by the transaction's last statement: a COMMIT in between fails and leaves nothing.
do $create$
begin
	create table if not exists supabase_migrations.cairn_seals (
		seal uuid primary key,
		sealed timestamptz not null default clock_timestamp()
	);
	create table if not exists supabase_migrations.cairn_applied (
		version text primary key,
		checksum text not null,
		statements_md5 text not null,
		run text not null,
		who text not null,
		route text not null,
		xid xid8 not null default pg_current_xact_id(),
		started timestamptz not null default clock_timestamp(),
		seal uuid not null,
		constraint cairn_file_must_not_commit foreign key (seal)
			references supabase_migrations.cairn_seals deferrable initially deferred
	);
	create table if not exists supabase_migrations.cairn_reverted (
		version text not null,
		run text not null,
		who text not null,
		route text not null,
		xid xid8 not null default pg_current_xact_id(),
		started timestamptz not null default clock_timestamp(),
		seal uuid not null,
		constraint cairn_file_must_not_commit foreign key (seal)
			references supabase_migrations.cairn_seals deferrable initially deferred
	);
	create table if not exists supabase_migrations.cairn_steps (
		version text not null,
		direction text not null check (direction in ('up', 'down')),
		step int not null,
		state text not null check (state in ('intent', 'done')),
		statement_md5 text not null,
		before jsonb,
		run text not null,
		xid xid8 not null default pg_current_xact_id(),
		started timestamptz not null default clock_timestamp(),
		seal uuid not null,
		primary key (version, direction, step),
		constraint cairn_file_must_not_commit foreign key (seal)
			references supabase_migrations.cairn_seals deferrable initially deferred
	);
	create table if not exists supabase_migrations.cairn_runs (
		run text primary key,
		verb text not null,
		who text not null,
		route text not null,
		restore_to timestamptz,
		started timestamptz not null default clock_timestamp(),
		xid_from xid8 not null default pg_current_xact_id(),
		xid_to xid8
	);
	comment on table supabase_migrations.cairn_applied is 'cairn format 1';
end
$create$
