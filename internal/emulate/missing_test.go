package emulate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
)

// Statements of projects that enabled an extension in their dashboard run once it was created for them.
func TestMissing(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		for sql, want := range map[string]string{
			`SELECT cron.schedule('a', '* * * * *', 'SELECT 1')`:         "pg_cron",
			`SELECT * FROM cron.job`:                                     "pg_cron",
			`GRANT USAGE ON SCHEMA cron TO postgres`:                     "pg_cron",
			`SELECT net.http_get('http://x')`:                            "pg_net",
			`SELECT pgmq.create('q')`:                                    "pgmq",
			`CREATE TABLE m (name citext)`:                               "citext",
			`CREATE TABLE m (name extensions.hstore)`:                    "hstore",
			`CREATE TABLE m (path ltree[])`:                              "ltree",
			`CREATE INDEX ON t USING gin (name gin_trgm_ops)`:            "pg_trgm",
			`CREATE INDEX ON t USING gin (name extensions.gin_trgm_ops)`: "pg_trgm",
			`SELECT similarity('a', 'b')`:                                "pg_trgm",
			`SELECT 'a'::text % 'b'::text`:                               "pg_trgm",
			`SELECT unaccent('é')`:                                       "unaccent",
			`SELECT extensions.unaccent('é')`:                            "unaccent",
			`CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION moddatetime(at)`:             "moddatetime",
			`CREATE TABLE m (room uuid, during tstzrange, EXCLUDE USING gist (room WITH =, during WITH &&))`: "btree_gist",
			`SELECT status FROM http_get('http://x')`:                                                        "http",
			`SELECT extensions.url_encode('x')`:                                                              "pgjwt",
			`SELECT levenshtein('a', 'b')`:                                                                   "fuzzystrmatch",
			`COMMENT ON EXTENSION pg_cron IS 'x'`:                                                            "pg_cron",
			`DROP EXTENSION pg_graphql`:                                                                      "pg_graphql",
			`SELECT earth_distance(ll_to_earth(1, 2), ll_to_earth(1, 2))`:                                    "earthdistance",
		} {
			conn := database(t, s)
			run(t, conn, `CREATE TABLE t (name text, at timestamptz)`)
			e := emulator(t, conn)
			_, _, err := send(t, e, conn, sql)
			refusal, ok := errors.AsType[*pgconn.PgError](err)
			if !ok {
				t.Errorf("%s: %v", sql, err)
				continue
			}
			makes, note := e.Missing(refusal)
			if note == nil || note.Code != finding.MissingEnabled || !strings.HasPrefix(note.Message, want+" was enabled in the dashboard") {
				t.Errorf("%s: %v: %q %v", sql, err, makes, note)
				continue
			}
			run(t, conn, makes)
			if _, _, err := send(t, e, conn, sql); err != nil {
				t.Errorf("%s: then %v", sql, err)
			}
			if sql, _ := e.Missing(refusal); sql != "" {
				t.Errorf("%s is offered twice", want)
			}
			_ = conn.Close(t.Context())
		}
	})
}

// What no extension of the platform brings is the history's own gap, as is what a migration dropped.
func TestNotMissing(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		e := emulator(t, conn)
		if _, _, err := send(t, e, conn, `DROP EXTENSION IF EXISTS pg_cron`); err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			`SELECT cron.schedule('a', '* * * * *', 'SELECT 1')`, `SELECT * FROM nothing`, `SELECT app.http_get('x')`, `SELECT nothing()`,
			`CREATE TABLE m (a nothing)`, `CREATE INDEX ON pg_class USING gin (relname nothing_ops)`, `SELECT uuid_generate_v4(1)`,
			`ALTER TABLE nothing ADD x int`, `SELECT 1/0`, `COMMENT ON EXTENSION xml2 IS 'x'`, `SELECT 1::text % now()`,
		} {
			_, _, err := send(t, e, conn, sql)
			refusal, _ := errors.AsType[*pgconn.PgError](err)
			if makes, note := e.Missing(refusal); makes != "" || note != nil || err == nil {
				t.Errorf("%s: %v: %q", sql, err, makes)
			}
		}
	})
}

// A setting that a real extension would declare may be set where the extension is emulated.
func TestMissingSetting(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		e := emulator(t, conn)
		const sql = `CREATE FUNCTION checked() RETURNS int LANGUAGE sql SET plpgsql_check.mode = 'disabled' AS 'SELECT 1'`
		_, _, err := send(t, e, conn, sql)
		refusal, _ := errors.AsType[*pgconn.PgError](err)
		makes, note := e.Missing(refusal)
		if note == nil || note.Code != finding.Escalated || err == nil {
			t.Fatalf("%v: %q %v", err, makes, note)
		}
		run(t, conn, makes)
		if _, _, err := send(t, e, conn, sql); err != nil {
			t.Error(err)
		}
		if sql, _ := e.Missing(refusal); sql != "" {
			t.Error("it is offered twice")
		}
		run(t, conn, `SELECT pg_catalog.cairn_escalate('REVOKE SET ON PARAMETER plpgsql_check.mode FROM postgres')`)
	})
}
