package kindtest

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/cairndb/cairn/internal/sqltext"
)

// part is something that random schemas have: a kind adds one to parts. The names are drawn from few, so that two random
// schemas have much in common, and what they have in common differs.
type part struct {
	kind  string
	never []string        // attributes that it does not give: asserted is that it gives all others
	draw  func(s *Schema) // says what it makes by s.run
}

// parts are in the order in which they are drawn: each finds what those before it have made.
var parts = []part{
	{kind: "schema", draw: drawSchemas},
	{kind: "default_privilege", draw: drawDefaultPrivileges},
	{kind: "table", never: []string{"of", "partition_by", "method", "tablespace"}, draw: drawTables},
	{kind: "column", never: []string{"fdw_options", "not_null_name", "not_null_no_inherit", "not_null_not_valid"}, draw: drawColumns},
	{kind: "default", draw: drawDefaults},
	{kind: "constraint", never: []string{"tablespace", "invalid"}, draw: drawConstraints},
	{kind: "index", never: []string{"tablespace", "invalid"}, draw: drawIndexes},
	{kind: "comment", draw: drawComments},
	{kind: "grant", draw: drawGrants},
	{kind: "owner", draw: drawOwners},
}

// roles have to be on the server: what is random is what they may do.
var roles = []string{"r0", `r"1`}

// Schema is one under construction.
type Schema struct {
	t      *rapid.T
	major  int
	sql    strings.Builder
	in     []string // schemas
	tables []*anyTable
	on     []string // what COMMENT ON takes
}

// anyTable is a table of a random schema. Its first column is id, an int.
type anyTable struct {
	name    []string
	columns []anyColumn
	primary bool
	lasting bool // it is not unlogged
	ordered bool // CLUSTER ON something
	replica bool // it has a replica identity of another sort than the default
}

type anyColumn struct {
	name, sort string
	generated  bool
}

// draw makes a random schema's SQL.
func draw(t *rapid.T, major int) string {
	s := &Schema{t: t, major: major, in: []string{"public"}}
	for _, p := range parts {
		p.draw(s)
	}
	return s.sql.String()
}

// run adds a statement.
func (s *Schema) run(format string, args ...any) {
	s.sql.WriteString(sqltext.Format(format, args...) + ";\n")
}

// dice is a number below 128, each as likely as the next; rapid's own prefer small ones. It shrinks to 0.
func (s *Schema) dice(label string) int {
	n := 0
	for _, bit := range rapid.SliceOfN(rapid.Bool(), 7, 7).Draw(s.t, label) {
		if n *= 2; bit {
			n++
		}
	}
	return n
}

// chance is true in so many of a hundred cases.
func (s *Schema) chance(percent int, label string) bool {
	return s.dice(label)*100 >= (100-percent)*128
}

func (s *Schema) pick(label string, from ...string) string { return oneOf(s, label, from) }

func oneOf[T any](s *Schema, label string, from []T) T { return from[s.dice(label)%len(from)] }

func drawSchemas(s *Schema) {
	for _, name := range []string{"s0", `s "1"`} {
		if s.chance(50, "schema") {
			s.in = append(s.in, name)
			s.run("CREATE SCHEMA %I", name)
			s.on = append(s.on, sqltext.Format("SCHEMA %I", name))
		}
	}
}

func drawDefaultPrivileges(s *Schema) {
	for _, role := range roles {
		if !s.chance(30, "default privilege") {
			continue
		}
		in := ""
		if s.chance(50, "in a schema") {
			in = sqltext.Format(" IN SCHEMA %I", s.pick("schema", s.in...))
		}
		option := ""
		if s.chance(30, "option") {
			option = " WITH GRANT OPTION"
		}
		s.run("ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON TABLES TO %I%s", "postgres", in, s.pick("privilege", "SELECT", "ALL", "INSERT, UPDATE"), role, option)
	}
}

func drawTables(s *Schema) {
	for i := range 4 {
		if !s.chance(75, "table") {
			continue
		}
		t := &anyTable{name: []string{s.pick("schema", s.in...), []string{"t0", "t1", "T 2", "t3"}[i]}, columns: []anyColumn{{name: "id", sort: "integer"}}}
		s.tables = append(s.tables, t)
		s.on = append(s.on, sqltext.Format("TABLE %I", t.name), sqltext.Format("COLUMN %I.id", t.name))
		unlogged := ""
		if t.lasting = !s.chance(30, "unlogged"); !t.lasting {
			unlogged = "UNLOGGED "
		}
		s.run("CREATE %sTABLE %I (id int)", unlogged, t.name)
		if s.chance(20, "rls") {
			s.run("ALTER TABLE %I ENABLE ROW LEVEL SECURITY", t.name)
		}
		if s.chance(20, "force rls") {
			s.run("ALTER TABLE %I FORCE ROW LEVEL SECURITY", t.name)
		}
		if s.chance(20, "replica identity") {
			t.replica = true
			s.run("ALTER TABLE %I REPLICA IDENTITY %s", t.name, s.pick("identity", "FULL", "NOTHING"))
		}
		if s.chance(30, "options") {
			s.run("ALTER TABLE %I SET (%s)", t.name, s.pick("option", "fillfactor = 50", "fillfactor = 60, autovacuum_enabled = off", "toast.autovacuum_enabled = off"))
		}
	}
}

// defaults are expressions for the types that columns have.
var defaults = map[string][]string{
	"integer": {"1", "2 + 3"}, "bigint": {"1", "length('abc')"}, "text": {"'it''s'", "upper('a')"}, "character varying(10)": {"'x'"},
	"numeric(8,2)": {"1.5"}, "boolean": {"true", "NOT true"}, "date": {"CURRENT_DATE", "'2024-01-01'"},
	"timestamp with time zone": {"now()"}, "uuid": {"gen_random_uuid()"}, "jsonb": {"'{}'"}, "integer[]": {"'{1,2}'"},
}

var types = []string{
	"integer", "bigint", "text", "text", "character varying(10)", "numeric(8,2)", "boolean", "date", "timestamp with time zone", "uuid", "jsonb",
	"integer[]",
}

func drawColumns(s *Schema) {
	for _, t := range s.tables {
		if s.chance(50, "id not null") {
			s.run("ALTER TABLE %I ALTER id SET NOT NULL", t.name)
		}
		for _, name := range []string{"a", "b", `c "x"`, "D"} {
			if s.chance(65, "column") {
				s.column(t, name)
			}
		}
	}
}

func (s *Schema) column(t *anyTable, name string) {
	c := anyColumn{name: name, sort: s.pick("type", types...)}
	text := c.sort == "text"
	var more string
	if text && s.chance(25, "collation") {
		more += ` COLLATE "C"`
	}
	if c.generated = s.chance(15, "generated"); c.generated {
		c.sort = "integer"
		more = " GENERATED ALWAYS AS (" + s.pick("expression", "id * 2", "id + 1") + ") STORED"
		if s.major >= 18 && s.chance(50, "virtual") {
			more = strings.Replace(more, "STORED", "VIRTUAL", 1)
		}
	}
	if s.chance(30, "not null") {
		more += " NOT NULL"
	}
	s.run("ALTER TABLE %I ADD COLUMN %I %s%s", t.name, name, c.sort, more)
	t.columns = append(t.columns, c)
	s.on = append(s.on, sqltext.Format("COLUMN %I.%I", t.name, name))
	set := func(percent int, label, what string) {
		if s.chance(percent, label) {
			s.run("ALTER TABLE %I ALTER COLUMN %I SET %s", t.name, name, what)
		}
	}
	if text && !c.generated {
		set(20, "storage", "STORAGE "+s.pick("storage", "MAIN", "EXTERNAL", "PLAIN"))
		set(20, "compression", "COMPRESSION pglz")
	}
	if strings.Contains(more, "VIRTUAL") {
		return
	}
	set(15, "statistics", "STATISTICS "+s.pick("target", "100", "200"))
	set(15, "options", "("+s.pick("option", "n_distinct = 5", "n_distinct_inherited = 6, n_distinct = 7")+")")
}

func drawDefaults(s *Schema) {
	for _, t := range s.tables {
		for _, c := range t.columns {
			if !c.generated && s.chance(30, "default") {
				s.run("ALTER TABLE %I ALTER COLUMN %I SET DEFAULT %s", t.name, c.name, s.pick("expression", defaults[c.sort]...))
			}
		}
	}
}

func drawConstraints(s *Schema) {
	for _, t := range s.tables {
		key := func(name, definition string) {
			if s.chance(20, "options") {
				definition += " WITH (fillfactor = 70)"
			}
			s.run("ALTER TABLE %I ADD CONSTRAINT %I %s%s", t.name, name, definition, s.times())
			s.on = append(s.on, sqltext.Format("CONSTRAINT %I ON %I", name, t.name))
		}
		if s.chance(60, "primary key") {
			t.primary = true
			s.run("ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY (id)", t.name, s.pick("name", t.name[1]+"_pkey", t.name[1]+" key"))
			if s.chance(20, "cluster") {
				t.ordered = true
				s.run("DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE %%s CLUSTER ON %%I', conrelid::regclass, conname) FROM pg_constraint WHERE conrelid = %L::regclass AND contype = 'p'); END $$", sqltext.Ident(t.name...))
			}
			if !t.replica && s.chance(20, "replica identity") {
				t.replica = true
				s.run("DO $$ BEGIN EXECUTE (SELECT format('ALTER TABLE %%s REPLICA IDENTITY USING INDEX %%I', conrelid::regclass, conname) FROM pg_constraint WHERE conrelid = %L::regclass AND contype = 'p'); END $$", sqltext.Ident(t.name...))
			}
		}
		if s.chance(25, "unique") {
			key(t.name[1]+" u", "UNIQUE "+s.pick("nulls", "", "NULLS NOT DISTINCT ")+"(id)")
		}
		if s.chance(20, "exclusion") {
			key(t.name[1]+"_x", "EXCLUDE USING btree (id WITH =)")
		}
		if s.chance(40, "check") {
			tail := s.pick("validity", "", " NOT VALID", " NO INHERIT")
			if s.major >= 18 && tail == "" && s.chance(50, "not enforced") {
				tail = " NOT ENFORCED"
			}
			s.run("ALTER TABLE %I ADD CONSTRAINT %I CHECK (%s)%s", t.name, t.name[1]+`_"c"`, s.pick("condition", "id > 0", "id > 1 OR id IS NULL"), tail)
			s.on = append(s.on, sqltext.Format("CONSTRAINT %I ON %I", t.name[1]+`_"c"`, t.name))
		}
	}
	for _, t := range s.tables {
		var keyed []*anyTable
		for _, to := range s.tables {
			if to.primary && (to.lasting || !t.lasting) {
				keyed = append(keyed, to)
			}
		}
		if len(keyed) > 0 && s.chance(50, "foreign key") {
			to := oneOf(s, "table", keyed)
			s.run("ALTER TABLE %I ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES %I (id)%s%s%s", t.name, to.name,
				s.pick("on delete", "", " ON DELETE CASCADE", " ON UPDATE RESTRICT"), s.times(), s.pick("validity", "", " NOT VALID"))
		}
	}
}

// times says when a constraint is checked.
func (s *Schema) times() string {
	return s.pick("times", "", "", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED")
}

func drawIndexes(s *Schema) {
	for _, t := range s.tables {
		for i := range 3 {
			if !s.chance(45, "index") {
				continue
			}
			name := fmt.Sprintf("%s i%d", t.name[1], i)
			on := "id" + s.pick("order", "", " DESC", " DESC NULLS LAST")
			expression := s.chance(40, "expression")
			if expression {
				on = "(id + 1), id"
			}
			with := ""
			if s.chance(20, "options") {
				with = s.pick("options", " WITH (fillfactor = 80)", " WITH (deduplicate_items = off, fillfactor = 70)")
			}
			unique := s.chance(30, "unique")
			where := s.pick("where", "", "", " WHERE id > 5")
			s.run("CREATE %sINDEX %I ON %I (%s)%s%s", map[bool]string{true: "UNIQUE "}[unique], name, t.name, on, with, where)
			s.on = append(s.on, sqltext.Format("INDEX %I", []string{t.name[0], name}))
			if expression && s.chance(40, "statistics") {
				s.run("ALTER INDEX %I ALTER COLUMN 1 SET STATISTICS 200", []string{t.name[0], name})
			}
			if !t.ordered && where == "" && s.chance(20, "cluster") {
				t.ordered = true
				s.run("ALTER TABLE %I CLUSTER ON %I", t.name, name)
			}
			if !t.replica && unique && !expression && where == "" && s.chance(60, "replica identity") {
				t.replica = true
				s.run("ALTER TABLE %I ALTER id SET NOT NULL", t.name)
				s.run("ALTER TABLE %I REPLICA IDENTITY USING INDEX %I", t.name, name)
			}
		}
	}
}

func drawComments(s *Schema) {
	for _, on := range s.on {
		if s.chance(25, "comment") {
			s.run("COMMENT ON %s IS %L", on, s.pick("text", "a", "it's; \"b\"", "two\nlines"))
		}
	}
}

func drawGrants(s *Schema) {
	to := slices.Concat(roles, []string{"PUBLIC"})
	who := func(name string) string {
		if name == "PUBLIC" {
			return name
		}
		return sqltext.Ident(name)
	}
	for _, t := range s.tables {
		for _, role := range to {
			if s.chance(25, "grant") {
				option := ""
				if role != "PUBLIC" && s.chance(30, "option") {
					option = " WITH GRANT OPTION"
				}
				s.run("GRANT %s ON %I TO %s%s", s.pick("privilege", "SELECT", "ALL", "INSERT, DELETE"), t.name, who(role), option)
			}
			if s.chance(15, "grant on a column") {
				c := oneOf(s, "column", t.columns)
				s.run("GRANT %s (%I) ON %I TO %s", s.pick("privilege", "SELECT", "UPDATE"), c.name, t.name, who(role))
			}
		}
		if s.chance(10, "revoke from the owner") {
			s.run("REVOKE %s ON %I FROM postgres", s.pick("privilege", "DELETE", "ALL"), t.name)
		}
	}
	for _, in := range s.in[1:] {
		if s.chance(30, "grant on a schema") {
			s.run("GRANT USAGE ON SCHEMA %I TO %s", in, who(s.pick("role", to...)))
		}
	}
}

func drawOwners(s *Schema) {
	for _, t := range s.tables {
		if s.chance(20, "owner") {
			s.run("ALTER TABLE %I OWNER TO %I", t.name, s.pick("role", roles...))
		}
	}
	for _, in := range s.in[1:] {
		if s.chance(20, "owner") {
			s.run("ALTER SCHEMA %I OWNER TO %I", in, s.pick("role", roles...))
		}
	}
}
