-- From Postgres 16 on CREATEROLE gives no power over roles that somebody else made: it takes ADMIN on each.
GRANT anon, authenticated, service_role, pgtle_admin TO postgres WITH ADMIN OPTION;
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres WITH ADMIN OPTION;
