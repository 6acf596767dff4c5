package dump_test

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
)

// statements are those of a plan, one for each form; after "--" the verb where it is not "create".
const statements = `
CREATE SCHEMA app
CREATE EXTENSION pg_trgm SCHEMA public
CREATE TYPE app.mood AS ENUM ('sad', 'happy')
CREATE TYPE app.pair AS (a integer, b text)
CREATE DOMAIN app.short AS text CHECK (length(VALUE) < 10)
ALTER DOMAIN app.short ADD CONSTRAINT long CHECK (length(VALUE) > 1)
ALTER TYPE app.mood ADD VALUE 'calm' --alter
CREATE SEQUENCE app.numbers
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$
CREATE PROCEDURE app.act() LANGUAGE sql AS $cairn$ SELECT 1 $cairn$
CREATE TABLE app.t (id integer NOT NULL, at timestamptz, n bigint NOT NULL)
CREATE UNLOGGED TABLE app.u (id integer)
ALTER TABLE app.t ADD COLUMN "ADD COLUMN x" text
ALTER TABLE app.t ADD CONSTRAINT t_pkey PRIMARY KEY (id)
ALTER TABLE app.u ADD CONSTRAINT u_key UNIQUE (id)
ALTER TABLE app.u ADD CONSTRAINT u_fkey FOREIGN KEY (id) REFERENCES app.t(id)
ALTER TABLE app.u ADD CONSTRAINT "CHECK ADD COLUMN " CHECK (id > 0)
ALTER TABLE app.t ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY
ALTER TABLE app.t ALTER COLUMN at SET DEFAULT now()
CREATE TABLE app.parts (id integer) PARTITION BY LIST (id)
CREATE TABLE app.part (id integer)
ALTER TABLE app.parts ATTACH PARTITION app.part FOR VALUES IN (1)
CREATE TABLE app.mother (id integer)
CREATE TABLE app.daughter (id integer)
ALTER TABLE app.daughter INHERIT app.mother
CREATE INDEX by_at ON app.t USING btree (at)
CREATE UNIQUE INDEX by_n ON app.t USING btree (n)
CREATE STATISTICS app.stats ON id, n FROM app.t
CREATE VIEW app.v AS SELECT id FROM app.t
CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.t
CREATE RULE quiet AS ON INSERT TO app.v DO INSTEAD NOTHING
CREATE TRIGGER touch BEFORE UPDATE ON app.t FOR EACH ROW EXECUTE FUNCTION app.touch()
CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON app.t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION app.touch()
ALTER TABLE app.t ENABLE ROW LEVEL SECURITY
CREATE POLICY "own ""rows"" ON app.u" ON app.t USING (id > 0)
CREATE PUBLICATION news FOR TABLE app.t
ALTER PUBLICATION news ADD TABLE app.mother
CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer)
CREATE CAST (app.pair AS text) WITH INOUT
CREATE COLLATION app.c FROM "C"
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple)
CREATE OPERATOR app.=== (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer)
CREATE FOREIGN DATA WRAPPER nothing
CREATE SERVER far FOREIGN DATA WRAPPER nothing
CREATE USER MAPPING FOR PUBLIC SERVER far
CREATE FOREIGN TABLE app.f (id integer) SERVER far
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION app.watch()
COMMENT ON TABLE app.t IS 'x'
GRANT SELECT ON TABLE app.t TO PUBLIC
REVOKE SELECT ON TABLE app.t FROM PUBLIC
ALTER TABLE app.u DROP CONSTRAINT u_fkey --drop
ALTER TABLE app.u DROP COLUMN id --drop
DROP MATERIALIZED VIEW app.m --drop
DROP INDEX app.by_at --drop
DROP TRIGGER touch ON app.t --drop
DROP POLICY "own ""rows"" ON app.u" ON app.t --drop
DROP FUNCTION app.watch() --drop
`

// Every form of a statement can be run a second time.
func TestIdempotent(t *testing.T) {
	for _, major := range []int{15, 18} {
		url := pgtest.Start(t, major).Database(t)
		run(t, url, `create schema app; create function app.watch() returns event_trigger language plpgsql as $$ begin end $$`)
		for _, line := range strings.Split(strings.TrimSpace(statements), "\n") {
			step := planner.Step{Verb: "create"}
			var verb string
			if step.SQL, verb, _ = strings.Cut(line, " --"); verb != "" {
				step.Verb = verb
			}
			if strings.Contains(step.SQL, "app.watch") && verb == "drop" {
				run(t, url, "drop event trigger watch")
			}
			for time := range 2 {
				sql := dump.Idempotent(&planner.Plan{Steps: []planner.Step{step}}).SQL()
				if err := try(t.Context(), url, sql); err != nil {
					t.Errorf("on %d, time %d: %v\n%s", major, time+1, err, sql)
				}
			}
		}
	}
}
