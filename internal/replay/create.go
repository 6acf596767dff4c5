package replay

import (
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// create reads what follows CREATE.
func (r *reader) create(c *sqltext.Cursor) {
	replace := c.Take("OR", "REPLACE")
	for c.TakeAny("GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "RECURSIVE", "TRUSTED", "PROCEDURAL", "DEFAULT") {
	}
	if c.Take("UNIQUE", "INDEX") || c.Take("INDEX") {
		r.createIndex(c)
		return
	}
	for _, k := range kinds {
		if c.Take(strings.Fields(k.words)...) {
			guarded := c.Take("IF", "NOT", "EXISTS")
			h := k.create(r, c, k)
			if h != nil {
				h.guarded, h.replace = guarded, replace
			}
			return
		}
	}
}

// kind is what may follow CREATE, ALTER and DROP.
type kind struct {
	words  string
	class  Class
	create func(r *reader, c *sqltext.Cursor, k kind) *happening
}

// kinds are those that carry names, longer ones first.
var kinds = []kind{
	{"FOREIGN TABLE", Relation, (*reader).createTable},
	{"TABLE", Relation, (*reader).createTable},
	{"MATERIALIZED VIEW", Relation, (*reader).createNamed},
	{"VIEW", Relation, (*reader).createNamed},
	{"SEQUENCE", Relation, (*reader).createNamed},
	{"TYPE", Type, (*reader).createType},
	{"DOMAIN", Type, (*reader).createNamed},
	{"FUNCTION", Function, (*reader).createFunction},
	{"PROCEDURE", Function, (*reader).createFunction},
	{"AGGREGATE", Function, (*reader).createFunction},
	{"ROUTINE", Function, (*reader).createFunction},
	{"SCHEMA", Schema, (*reader).createNamed},
	{"EXTENSION", Extension, (*reader).createNamed},
	{"POLICY", Policy, (*reader).createOn},
	{"CONSTRAINT TRIGGER", Trigger, (*reader).createOn},
	{"EVENT TRIGGER", Further, (*reader).createNamed},
	{"TRIGGER", Trigger, (*reader).createOn},
	{"ROLE", Role, (*reader).createNamed},
	{"USER", Role, (*reader).createNamed},
	{"GROUP", Role, (*reader).createNamed},
	{"PUBLICATION", Publication, (*reader).createPublication},
	{"SERVER", Further, (*reader).createNamed},
	{"COLLATION", Further, (*reader).createNamed},
	{"TEXT SEARCH CONFIGURATION", Further, (*reader).createNamed},
	{"TEXT SEARCH DICTIONARY", Further, (*reader).createNamed},
	{"FOREIGN DATA WRAPPER", Further, (*reader).createNamed},
	{"STATISTICS", Further, (*reader).createNamed},
}

// noun is what a person calls the kind.
func (k kind) noun() string {
	switch k.words {
	case "CONSTRAINT TRIGGER":
		return "trigger"
	case "USER", "GROUP":
		return "role"
	case "ROUTINE":
		return "function"
	}
	return strings.ToLower(k.words)
}

func (k kind) object(name []string) Object { return object(k.class, k.noun(), name) }

func (r *reader) createNamed(c *sqltext.Cursor, k kind) *happening {
	c.Take("AUTHORIZATION")
	name := c.Name()
	if name == nil {
		return nil
	}
	return r.add(makes, k.object(name))
}

// createOn reads what belongs to a table: a policy, a trigger.
func (r *reader) createOn(c *sqltext.Cursor, k kind) *happening {
	o := k.object(c.Name())
	if o.Name == "" {
		return nil
	}
	o.Of = onTable(c)
	return r.add(makes, o)
}

// onTable goes on to the next ON and past the table behind it.
func onTable(c *sqltext.Cursor) string {
	for ; !c.Done(); c.Skip() {
		if c.Take("ON") {
			return last(c.Name())
		}
	}
	return ""
}

func (r *reader) createIndex(c *sqltext.Cursor) {
	c.Take("CONCURRENTLY")
	guarded := c.Take("IF", "NOT", "EXISTS")
	if c.At("ON") {
		return // Postgres makes up a name
	}
	o := object(Relation, "index", c.Name())
	if o.Name == "" || !c.Take("ON") {
		return
	}
	c.Take("ONLY")
	o.Of = last(c.Name())
	r.add(makes, o).guarded = guarded
}

func (r *reader) createType(c *sqltext.Cursor, k kind) *happening {
	name := c.Name()
	if name == nil {
		return nil
	}
	h := r.add(makes, k.object(name))
	if !c.Take("AS", "ENUM", "(") {
		return h
	}
	for !c.Done() && !c.At(")") {
		where := at(c)
		if text := label(c); text != "" {
			r.addAt(where, makes, Object{Class: Label, Kind: "enum value", Of: h.Name, Name: text}).in = h
		}
		c.Take(",")
	}
	return h
}

func (r *reader) createFunction(c *sqltext.Cursor, k kind) *happening {
	name := c.Name()
	if name == nil {
		return nil
	}
	h := r.add(makes, k.object(name))
	h.least, h.most = arguments(c)
	return h
}

func (r *reader) createPublication(c *sqltext.Cursor, k kind) *happening {
	h := r.createNamed(c, k)
	if h != nil && c.Take("FOR", "TABLE") {
		r.members(c, makes, h.Name)
	}
	return h
}

// members reads the tables of a publication.
func (r *reader) members(c *sqltext.Cursor, a act, publication string) {
	for {
		c.Take("ONLY")
		name := c.Name()
		if name == nil {
			return
		}
		o := object(Member, "table", name)
		o.Of = publication
		r.add(a, o)
		for !c.Done() && !c.At(",") {
			c.Skip()
		}
		if !c.Take(",") {
			return
		}
		c.Take("TABLE")
	}
}

func (r *reader) createTable(c *sqltext.Cursor, k kind) *happening {
	name := c.Name()
	if name == nil {
		return nil
	}
	h := r.add(makes, k.object(name))
	if !c.Take("(") {
		return h
	}
	for !c.Done() && !c.At(")") {
		r.element(c, h.Name, h)
		if !c.Take(",") {
			break
		}
	}
	return h
}

// element reads a column or constraint of a table, up to the comma or parenthesis behind it. in is the CREATE TABLE, nil
// in ALTER TABLE … ADD. It returns the happening of a column.
func (r *reader) element(c *sqltext.Cursor, table string, in *happening) *happening {
	var column *happening
	given := ""
	switch {
	case c.Take("CONSTRAINT"):
		given = r.constraint(c, table, in)
	case c.At("PRIMARY"), c.At("UNIQUE"), c.At("FOREIGN"), c.At("CHECK"), c.At("EXCLUDE"), c.At("LIKE"):
	default:
		where := at(c)
		name := c.Name()
		if len(name) == 1 {
			column = r.addAt(where, makes, Object{Class: Column, Kind: "column", Of: table, Name: name[0]})
			column.in = in
		}
	}
	base := table
	if column != nil {
		base += "_" + column.Name
	}
	for !c.Done() && !c.At(",") && !c.At(")") {
		implied := ""
		switch {
		case c.Take("CONSTRAINT"):
			given = r.constraint(c, table, in)
			continue
		case c.At("PRIMARY"):
			implied = table + "_pkey"
		case column != nil && c.At("UNIQUE"):
			implied = base + "_key"
		case column != nil && c.At("REFERENCES"):
			implied = base + "_fkey"
		case c.At("CHECK"):
			implied = base + "_check"
		}
		if implied != "" && given == "" {
			r.addAt(at(c), makes, Object{Class: Constraint, Kind: "constraint", Of: table, Name: implied}).in = in
		}
		if implied != "" {
			given = ""
		}
		c.Skip()
	}
	return column
}

// constraint reads the name behind CONSTRAINT.
func (r *reader) constraint(c *sqltext.Cursor, table string, in *happening) string {
	where := at(c)
	name := last(c.Name())
	if name != "" {
		r.addAt(where, makes, Object{Class: Constraint, Kind: "constraint", Of: table, Name: name}).in = in
	}
	return name
}
