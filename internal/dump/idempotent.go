package dump

import (
	"strings"

	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/sqltext"
)

// forms are the statements that Postgres itself lets pass where the object is there already, by their first words.
var forms = []struct{ from, to string }{
	{"CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS "},
	{"CREATE EXTENSION ", "CREATE EXTENSION IF NOT EXISTS "},
	{"CREATE TABLE ", "CREATE TABLE IF NOT EXISTS "},
	{"CREATE UNLOGGED TABLE ", "CREATE UNLOGGED TABLE IF NOT EXISTS "},
	{"CREATE FOREIGN TABLE ", "CREATE FOREIGN TABLE IF NOT EXISTS "},
	{"CREATE SEQUENCE ", "CREATE SEQUENCE IF NOT EXISTS "},
	{"CREATE UNLOGGED SEQUENCE ", "CREATE UNLOGGED SEQUENCE IF NOT EXISTS "},
	{"CREATE MATERIALIZED VIEW ", "CREATE MATERIALIZED VIEW IF NOT EXISTS "},
	{"CREATE INDEX CONCURRENTLY ", "CREATE INDEX CONCURRENTLY IF NOT EXISTS "},
	{"CREATE UNIQUE INDEX CONCURRENTLY ", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "},
	{"CREATE INDEX ", "CREATE INDEX IF NOT EXISTS "},
	{"CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX IF NOT EXISTS "},
	{"CREATE STATISTICS ", "CREATE STATISTICS IF NOT EXISTS "},
	{"CREATE COLLATION ", "CREATE COLLATION IF NOT EXISTS "},
	{"CREATE SERVER ", "CREATE SERVER IF NOT EXISTS "},
	{"CREATE USER MAPPING ", "CREATE USER MAPPING IF NOT EXISTS "},
	{"CREATE VIEW ", "CREATE OR REPLACE VIEW "},
	{"CREATE RECURSIVE VIEW ", "CREATE OR REPLACE RECURSIVE VIEW "},
	{"CREATE FUNCTION ", "CREATE OR REPLACE FUNCTION "},
	{"CREATE PROCEDURE ", "CREATE OR REPLACE PROCEDURE "},
	{"CREATE AGGREGATE ", "CREATE OR REPLACE AGGREGATE "},
	{"CREATE TRANSFORM ", "CREATE OR REPLACE TRANSFORM "},
	{"CREATE RULE ", "CREATE OR REPLACE RULE "},
	{"CREATE TRIGGER ", "CREATE OR REPLACE TRIGGER "},
}

// unconditional begin statements that do no harm where they ran before.
var unconditional = []string{
	"COMMENT ", "GRANT ", "REVOKE ", "SECURITY LABEL ", "SET ", "SELECT ", "ALTER DEFAULT PRIVILEGES ", "CREATE OR REPLACE ", "DO ",
}

// dropped are the kinds that DROP names with more than one word.
var dropped = []string{
	"MATERIALIZED VIEW", "FOREIGN TABLE", "FOREIGN DATA WRAPPER", "EVENT TRIGGER", "ACCESS METHOD", "OPERATOR CLASS", "OPERATOR FAMILY",
	"USER MAPPING", "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY", "TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "INDEX CONCURRENTLY",
}

// Idempotent is a plan in a form that passes where it ran before: IF NOT EXISTS, IF EXISTS or OR REPLACE where Postgres has
// them, for a policy a DROP before, otherwise a block that takes no offence. What is there with another definition stays
// as it is, but for what can be replaced.
func Idempotent(p *planner.Plan) *planner.Plan {
	again := &planner.Plan{}
	for _, step := range p.Steps {
		c := sqltext.NewCursor(step.SQL)
		if c.Take("CREATE", "POLICY") {
			name := c.Name()
			c.Take("ON")
			gone := planner.Step{Verb: "drop", Object: step.Object, Group: step.Group}
			gone.SQL = sqltext.Format("DROP POLICY IF EXISTS %I ON %I", name, c.Name())
			again.Steps = append(again.Steps, gone)
		} else {
			step.SQL = idempotent(step)
		}
		again.Steps = append(again.Steps, step)
	}
	return again
}

// idempotent is the statement of a step in that form.
func idempotent(step planner.Step) string {
	sql := step.SQL
	if object, ok := strings.CutPrefix(sql, "SELECT pg_catalog.lo_create("); ok {
		return sql + " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata WHERE oid = " + object
	}
	for _, start := range unconditional {
		if strings.HasPrefix(sql, start) {
			return sql
		}
	}
	for _, f := range forms {
		if rest, ok := strings.CutPrefix(sql, f.from); ok && !strings.HasPrefix(rest, "IF NOT EXISTS ") && !strings.HasPrefix(rest, "CONCURRENTLY ") {
			return f.to + rest
		}
	}
	if strings.HasPrefix(sql, "INSERT INTO ") { // a row that is an object: a bucket
		return sql + " ON CONFLICT DO NOTHING"
	}
	c := sqltext.NewCursor(sql)
	switch {
	case strings.HasPrefix(sql, "DROP ") && !strings.Contains(sql, " IF EXISTS "):
		return ifExists(sql)
	case c.Take("ALTER"):
		return altered(c, step)
	case step.Verb == "create":
		return block(sql)
	}
	return sql
}

// ifExists is a DROP that may have nothing to drop.
func ifExists(sql string) string {
	for _, words := range dropped {
		if rest, ok := strings.CutPrefix(sql, "DROP "+words+" "); ok {
			return "DROP " + words + " IF EXISTS " + rest
		}
	}
	kind, rest, _ := strings.Cut(strings.TrimPrefix(sql, "DROP "), " ")
	return "DROP " + kind + " IF EXISTS " + rest
}

// altered is an ALTER, from behind that word on. Most can be run again as they are.
func altered(c sqltext.Cursor, step planner.Step) string {
	sql := step.SQL
	if !c.TakeAny("TABLE", "INDEX", "TYPE", "PUBLICATION") && !c.Take("FOREIGN", "TABLE") {
		if step.Verb == "create" && strings.Contains(strings.ReplaceAll(sql, "\n", " "), " ADD ") { // ALTER DOMAIN, OPERATOR FAMILY, TEXT SEARCH CONFIGURATION …
			return block(sql)
		}
		return sql
	}
	c.Take("ONLY")
	c.Name()
	t, ok := c.Token()
	if !ok {
		return sql
	}
	before, action := sql[:t.Start], sql[t.Start:]
	for _, f := range []struct{ from, to string }{
		{"ADD COLUMN ", "ADD COLUMN IF NOT EXISTS "},
		{"ADD VALUE ", "ADD VALUE IF NOT EXISTS "},
		{"DROP COLUMN ", "DROP COLUMN IF EXISTS "},
		{"DROP CONSTRAINT ", "DROP CONSTRAINT IF EXISTS "},
	} {
		if rest, ok := strings.CutPrefix(action, f.from); ok && !strings.HasPrefix(rest, "IF ") {
			return before + f.to + rest
		}
	}
	if step.Verb == "create" {
		for _, adds := range []string{"ADD ", "ATTACH ", "INHERIT ", "ALTER COLUMN "} {
			if strings.HasPrefix(action, adds) && (adds != "ALTER COLUMN " || strings.Contains(action, " ADD GENERATED ")) {
				return block(sql)
			}
		}
	}
	return sql
}

// block wraps a statement so that what is there already is no error.
func block(sql string) string {
	tag := "$cairn$"
	for strings.Contains(sql, tag) {
		tag = tag[:len(tag)-1] + "_$"
	}
	caught := "duplicate_object OR duplicate_table OR duplicate_function OR duplicate_column OR duplicate_alias"
	switch {
	case strings.HasPrefix(sql, "CREATE TEXT SEARCH "), strings.HasPrefix(sql, "ALTER TEXT SEARCH "): // the ones that say it so
		caught += " OR unique_violation"
	case strings.Contains(sql, " PRIMARY KEY"):
		caught += " OR invalid_table_definition"
	case strings.Contains(sql, " ATTACH PARTITION "):
		caught += " OR wrong_object_type"
	case strings.Contains(sql, " ADD GENERATED "):
		caught += " OR object_not_in_prerequisite_state"
	}
	return "DO " + tag + "\nBEGIN\n" + sql + ";\nEXCEPTION WHEN " + caught + " THEN NULL;\nEND\n" + tag
}
