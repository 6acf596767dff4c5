package replay

import (
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// alter reads what follows ALTER.
func (r *reader) alter(c *sqltext.Cursor) {
	if c.Take("INDEX") {
		r.alterNamed(c, kind{words: "INDEX", class: Relation})
		return
	}
	for _, k := range kinds {
		if !c.Take(strings.Fields(k.words)...) {
			continue
		}
		switch {
		case k.words == "TABLE" || k.words == "FOREIGN TABLE":
			r.alterTable(c, k)
		case k.class == Publication:
			r.alterPublication(c)
		default:
			r.alterNamed(c, k)
		}
		return
	}
}

// alterNamed reads the changes of a name, and the values of an enum.
func (r *reader) alterNamed(c *sqltext.Cursor, k kind) {
	guarded := c.Take("IF", "EXISTS")
	o := k.object(c.Name())
	if o.Name == "" {
		return
	}
	least, most := -1, -1
	switch k.class {
	case Function:
		least, most = arguments(c)
	case Policy, Trigger:
		o.Of = onTable(c)
	}
	switch {
	case c.Take("RENAME", "TO"):
		h := r.add(renames, o)
		h.to, h.guarded, h.least, h.most = o, guarded, least, most
		h.to.Name = last(c.Name())
	case c.Take("SET", "SCHEMA"):
		h := r.add(renames, o)
		h.to, h.guarded, h.least, h.most = o, guarded, least, most
		h.to.Schema = last(c.Name())
	case k.class == Type && c.Take("ADD", "VALUE"):
		guarded := c.Take("IF", "NOT", "EXISTS")
		r.add(makes, Object{Class: Label, Kind: "enum value", Of: o.Name, Name: label(c)}).guarded = guarded
	case k.class == Type && c.Take("RENAME", "VALUE"):
		h := r.add(renames, Object{Class: Label, Kind: "enum value", Of: o.Name, Name: label(c)})
		h.to = h.Object
		if c.Take("TO") {
			h.to.Name = label(c)
		}
	default:
		r.add(alters, o)
	}
}

func (r *reader) alterPublication(c *sqltext.Cursor) {
	name := last(c.Name())
	switch {
	case c.Take("ADD", "TABLE"):
		r.members(c, makes, name)
	case c.Take("DROP", "TABLE"):
		r.members(c, drops, name)
	}
}

// alterTable reads the actions of ALTER TABLE.
func (r *reader) alterTable(c *sqltext.Cursor, k kind) {
	guarded := c.Take("IF", "EXISTS")
	c.Take("ONLY")
	table := k.object(c.Name())
	if table.Name == "" {
		return
	}
	c.Take("*")
	for !c.Done() {
		r.action(c, table, guarded)
		for !c.Done() && !c.At(",") {
			c.Skip()
		}
		if !c.Take(",") {
			return
		}
	}
}

// action reads one action of ALTER TABLE, not always to its end.
func (r *reader) action(c *sqltext.Cursor, table Object, guarded bool) {
	where := at(c)
	part := func(class Class) Object { return Object{Class: class, Kind: string(class), Of: table.Name} }
	switch {
	case c.Take("ADD"):
		c.Take("COLUMN")
		ifNot := c.Take("IF", "NOT", "EXISTS")
		if column := r.element(c, table.Name, nil); column != nil {
			column.guarded = ifNot
			column.at = r.file.Span(r.base+where, r.base+where+1)
		}
		return
	case c.Take("DROP", "CONSTRAINT"):
		r.dropPart(c, where, part(Constraint))
		return
	case c.Take("DROP", "EXPRESSION"), c.Take("DROP", "IDENTITY"):
	case c.Take("DROP"):
		c.Take("COLUMN")
		r.dropPart(c, where, part(Column))
		return
	case c.Take("RENAME", "TO"), c.At("SET") && c.Take("SET", "SCHEMA"):
		h := r.addAt(where, renames, table)
		h.to, h.guarded = table, guarded
		if strings.EqualFold(r.word(where), "SET") {
			h.to.Schema = last(c.Name())
		} else {
			h.to.Name = last(c.Name())
		}
		return
	case c.Take("RENAME"):
		class := Column
		if c.Take("CONSTRAINT") {
			class = Constraint
		}
		c.Take("COLUMN")
		o := part(class)
		o.Name = last(c.Name())
		if o.Name != "" && c.Take("TO") {
			h := r.addAt(where, renames, o)
			h.to = o
			h.to.Name = last(c.Name())
		}
		return
	}
	r.addAt(where, alters, table)
}

// word is the word that stands at an offset of the statement.
func (r *reader) word(offset int) string {
	words := sqltext.Words(r.file.Text[r.base+offset:], 1)
	return strings.Join(words, "")
}

func (r *reader) dropPart(c *sqltext.Cursor, where int, o Object) {
	guarded := c.Take("IF", "EXISTS")
	if o.Name = last(c.Name()); o.Name == "" {
		return
	}
	h := r.addAt(where, drops, o)
	h.guarded, h.cascade = guarded, c.Take("CASCADE")
}

// drop reads what follows DROP.
func (r *reader) drop(c *sqltext.Cursor) {
	k := kind{words: "INDEX", class: Relation}
	if c.Take("INDEX") {
		c.Take("CONCURRENTLY")
	} else {
		found := false
		for _, k = range kinds {
			if found = c.Take(strings.Fields(k.words)...); found {
				break
			}
		}
		if !found {
			return
		}
	}
	guarded := c.Take("IF", "EXISTS")
	first := len(r.found)
	for {
		o := k.object(c.Name())
		if o.Name == "" {
			break
		}
		if k.class == Policy || k.class == Trigger {
			o.Of = onTable(c)
		}
		h := r.add(drops, o)
		h.guarded = guarded
		if k.class == Function {
			h.least, h.most = arguments(c)
		}
		if !c.Take(",") {
			break
		}
	}
	cascade := c.Take("CASCADE")
	for _, h := range r.found[first:] {
		h.cascade = cascade
	}
}
