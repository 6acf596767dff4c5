// Package basetype is the kind of base types, and of shells: types that are declared and not yet made.
package basetype

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// options are those of CREATE TYPE by attribute, in the order of the docs.
var options = []struct {
	attr, option string
	write        func(string) string
}{
	{"input", "INPUT", as},
	{"output", "OUTPUT", as},
	{"receive", "RECEIVE", as},
	{"send", "SEND", as},
	{"typmod_in", "TYPMOD_IN", as},
	{"typmod_out", "TYPMOD_OUT", as},
	{"analyze", "ANALYZE", as},
	{"subscript", "SUBSCRIPT", as},
	{"length", "INTERNALLENGTH", as},
	{"by_value", "PASSEDBYVALUE", func(string) string { return "" }},
	{"alignment", "ALIGNMENT", func(v string) string { return alignments[v] }},
	{"storage", "STORAGE", func(v string) string { return storages[v] }},
	{"category", "CATEGORY", sqltext.Literal},
	{"preferred", "PREFERRED", as},
	{"default", "DEFAULT", sqltext.Literal},
	{"element", "ELEMENT", as},
	{"delimiter", "DELIMITER", sqltext.Literal},
	{"collatable", "COLLATABLE", as},
}

func as(v string) string { return v }

// What the letters of pg_type mean (Postgres docs, typalign and typstorage).
var (
	alignments = map[string]string{"c": "char", "s": "int2", "i": "int4", "d": "double"}
	storages   = map[string]string{"p": "plain", "e": "external", "m": "main", "x": "extended"}
)

// Kind returns the kind "type".
func Kind() *catalog.Kind {
	rules := map[string]catalog.Rule{"shell": catalog.Replace()}
	for _, o := range options {
		rules[o.attr] = catalog.Replace()
	}
	return &catalog.Kind{
		Name: "type", List: list, Free: true, Space: space, Address: address, Rules: rules,
		Create: create, Shell: shell, Drop: drop,
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER TYPE %I RENAME TO %I", from.Names, to.Name()))
		},
	}
}

func space(o *catalog.Object) []string { return []string{"type " + catalog.Path(o.Names...)} }

func address(o *catalog.Object) string { return sqltext.Format("TYPE %I", o.Names) }

func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	if o.Attrs.Bool("shell") {
		return shell(c, o)
	}
	var list []string
	for _, is := range options {
		if !o.Attrs.Has(is.attr) {
			continue
		}
		text := is.option
		if v := is.write(o.Attrs.Text(is.attr)); v != "" {
			text += " = " + v
		}
		list = append(list, text)
	}
	return catalog.SQL(sqltext.Format("CREATE TYPE %I (\n    %s\n)", o.Names, strings.Join(list, ",\n    ")))
}

// shell declares the type, for the functions over it that it needs itself.
func shell(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("CREATE TYPE %I", o.Names))
}

// drop takes the type's own functions along: neither goes before the other.
func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	if o.Attrs.Bool("shell") {
		return catalog.SQL(sqltext.Format("DROP TYPE %I", o.Names))
	}
	return catalog.SQL(sqltext.Format("DROP TYPE %I CASCADE", o.Names))
}
