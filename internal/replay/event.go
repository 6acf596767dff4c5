package replay

import (
	"strings"

	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/source"
)

// Class is a room of names: two things of one class and place cannot have one name.
type Class string

// The classes.
const (
	Relation    Class = "relation" // tables, views, indexes and sequences share their names
	Column      Class = "column"
	Constraint  Class = "constraint"
	Policy      Class = "policy"
	Trigger     Class = "trigger"
	Type        Class = "type"
	Label       Class = "label" // a value of an enum
	Function    Class = "function"
	Schema      Class = "schema"
	Extension   Class = "extension"
	Role        Class = "role"
	Publication Class = "publication"
	Member      Class = "member" // a table in a publication
	Further     Class = "further"
)

// Object is one thing that statements make, change and drop, named as Postgres stores names.
type Object struct {
	Class  Class
	Kind   string // in the words of SQL: "table", "materialized view", "enum value"
	Schema string // "" where the text does not say it
	Of     string // the table, type or publication that it belongs to, without schema; "" where it belongs to none
	Name   string
}

// String says what a person calls the object: `table "chats"`, `column "title" of "chats"`.
func (o Object) String() string {
	name := o.Name
	if o.Schema != "" {
		name = o.Schema + "." + name
	}
	s := o.Kind + ` "` + name + `"`
	if o.Of != "" && o.Class != Relation {
		s += ` of "` + o.Of + `"`
	}
	return s
}

// child reports whether the object goes with the table or type that it belongs to.
func (o Object) child() bool {
	switch o.Class {
	case Column, Constraint, Policy, Trigger, Label:
		return true
	}
	return false
}

// parent is the table or type that a child belongs to.
func (o Object) parent() Object {
	if o.Class == Label {
		return Object{Class: Type, Kind: "type", Name: o.Of}
	}
	return Object{Class: Relation, Kind: "table", Name: o.Of}
}

// act is what a statement does to an object.
type act uint8

const (
	makes act = iota + 1
	drops
	renames
	alters
	fills // puts rows into a table
)

// happening is one thing that a statement would do, as far as its text tells.
type happening struct {
	Object
	act     act
	to      Object     // of renames: what it is called from then on
	guarded bool       // IF NOT EXISTS, IF EXISTS
	replace bool       // OR REPLACE
	cascade bool       // of drops
	maybe   bool       // it stands in a DO block, and nobody knows whether it is reached
	least   int        // of functions: how many arguments a call has at least,
	most    int        // and at most; -1 where the text does not say
	in      *happening // the CREATE TABLE that a column or constraint stands in
	at      source.Span
	file    int // its index in the history
	n       int // its place among all happenings of the history
}

// gives reports whether o is there behind the happening, where it was not before.
func (h *happening) gives(o Object) bool {
	return h.act == makes && same(h.Object, o) || h.act == renames && same(h.to, o)
}

// takes reports whether o is gone behind the happening.
func (h *happening) takes(o Object) bool {
	return (h.act == drops || h.act == renames) && same(h.Object, o)
}

// same reports whether two names can mean one object: a schema that is not said may be any.
func same(a, b Object) bool {
	return a.Class == b.Class && a.Name == b.Name && (a.Of == b.Of || a.Class == Relation || a.Of == "" || b.Of == "") &&
		(a.Schema == b.Schema || a.Schema == "" || b.Schema == "")
}

// index holds what the statements of a history do, in the order in which they would run.
type index struct {
	all  []*happening
	by   map[nameKey][]*happening // by every name that a happening gives or takes
	fold map[nameKey][]*happening // the same by names in lower case
}

type nameKey struct {
	class Class
	name  string
}

func indexOf(files []*migration.Migration) *index {
	x := &index{by: map[nameKey][]*happening{}, fold: map[nameKey][]*happening{}}
	for i, m := range files {
		x.all = append(x.all, happenings(m, i)...)
	}
	for n, h := range x.all {
		h.n = n
		x.add(h.Object, h)
		if h.act == renames {
			x.add(h.to, h)
		}
	}
	return x
}

func (x *index) add(o Object, h *happening) {
	key := nameKey{o.Class, o.Name}
	x.by[key] = append(x.by[key], h)
	key.name = strings.ToLower(key.name)
	x.fold[key] = append(x.fold[key], h)
}

// about returns the happenings that may be about the object, in order.
func (x *index) about(o Object) []*happening { return x.by[nameKey{o.Class, o.Name}] }
