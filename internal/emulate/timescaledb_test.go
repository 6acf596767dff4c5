package emulate_test

import (
	"testing"

	"github.com/cairndb/cairn/internal/pgtest"
)

func TestTimescaledb(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `
			CREATE EXTENSION timescaledb;
			CREATE TABLE readings (time timestamptz, value float, device text);
			CREATE TABLE keyed (time timestamptz NOT NULL, id int PRIMARY KEY);
			CREATE TABLE ranged (time timestamptz NOT NULL, id int)`)
		answers(t, conn, [][2]string{
			{`SELECT create_hypertable('readings', 'time', chunk_time_interval => INTERVAL '1 day')`, "(1,public,readings,t)"},
			{`SELECT created FROM create_hypertable('readings', 'time', if_not_exists => TRUE)`, "f"},
			{`SELECT create_hypertable('ranged', by_range('time', INTERVAL '1 day'))`, "(2,t)"},
			{`SELECT column_name || ' ' || created FROM add_dimension('ranged', 'id', number_partitions => 4)`, "id true"},
			{`SELECT attnotnull FROM pg_attribute WHERE attrelid = 'readings'::regclass AND attname = 'time'`, "t"},
			{`SELECT substring(indexdef, 'INDEX.*') FROM pg_indexes WHERE tablename = 'readings'`, `INDEX readings_time_idx ON public.readings USING btree ("time" DESC)`},
			{`SELECT add_retention_policy('readings', INTERVAL '2 days')`, "1000"},
			{`SELECT add_retention_policy('readings', INTERVAL '2 days', if_not_exists => true)`, "-1"},
			{`SELECT add_compression_policy('readings', compress_after => INTERVAL '7 days')`, "1001"},
			{`SELECT string_agg(proc_name || ' ' || hypertable_name, ', ' ORDER BY job_id) FROM timescaledb_information.jobs`, "policy_retention readings, policy_compression readings"},
			{`SELECT string_agg(hypertable_name || ' ' || num_dimensions, ', ' ORDER BY hypertable_name) FROM timescaledb_information.hypertables`, "ranged 2, readings 1"},
		})
		refused(t, conn, `SELECT create_hypertable('readings', 'time')`, `table "readings" is already a hypertable`)
		refused(t, conn, `SELECT create_hypertable('keyed', 'time')`, "cannot create a unique index without the column")
		refused(t, conn, `SELECT add_retention_policy('keyed', INTERVAL '2 days')`, `table "keyed" is not a hypertable`)
		refused(t, conn, `SELECT create_hypertable('keyed', 'at')`, `column "at" does not exist`)
		run(t, conn, `
			INSERT INTO readings SELECT now() - n * INTERVAL '1 hour', n, 'd' || n FROM generate_series(0, 100) n;
			SELECT drop_chunks('readings', INTERVAL '50 hours');
			CREATE MATERIALIZED VIEW hourly AS SELECT time_bucket('1 hour', time) AS bucket, avg(value), last(device, time) FROM readings GROUP BY 1;
			SELECT add_continuous_aggregate_policy('hourly', start_offset => INTERVAL '1 day', end_offset => NULL, schedule_interval => INTERVAL '1 hour');
			CALL refresh_continuous_aggregate('hourly', NULL, NULL);
			SELECT remove_retention_policy('readings')`)
		answers(t, conn, [][2]string{
			{`SELECT count(*) FROM readings`, "51"},
			{`SELECT first(device, time) || ' ' || last(value, time) FROM readings`, "d50 0"},
			{`SELECT count(*) FROM timescaledb_information.jobs`, "2"},
			{`SELECT time_bucket('15 minutes', '2024-01-01 10:17'::timestamp)`, "2024-01-01 10:15:00"},
			{`SELECT time_bucket('7 days', '2024-05-05'::date)`, "2024-04-29"},
			{`SELECT time_bucket('3 months', '1999-05-15'::timestamp)`, "1999-04-01 00:00:00"},
			{`SELECT time_bucket('1 day', '2024-05-05 23:17+00'::timestamptz, 'Europe/Berlin') AT TIME ZONE 'UTC'`, "2024-05-05 22:00:00"},
			{`SELECT time_bucket(10, -3) || ' ' || time_bucket(10, 27, 5)`, "-10 25"},
		})
		refused(t, conn, `ALTER TABLE readings SET (timescaledb.compress)`, `unrecognized parameter namespace "timescaledb"`)
		refused(t, conn, `SELECT time_bucket_gapfill('1 day', now())`, "not emulated by cairn")
	})
}
