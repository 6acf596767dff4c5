// Package operator is the kind of operators.
package operator

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "operator". Its name is that of the operator with the types of both sides.
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "operator", List: list, Rows: []string{"pg_operator"}, Free: true, Called: called, Address: address, Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rules: map[string]catalog.Rule{
			"function":   catalog.Replace(),
			"commutator": partner("commutator"),
			"negator":    partner("negator"),
			"restrict":   catalog.Alter(set("restrict")),
			"join":       catalog.Alter(set("join")),
			"hashes":     gained("hashes"),
			"merges":     gained("merges"),
		},
		Needs: func(o *catalog.Object) []catalog.ID { // what is named before it is there comes to be in its schema
			var all []catalog.ID
			for _, which := range []string{"commutator", "negator"} {
				if names := o.Info.Texts(which); names != nil {
					all = append(all, catalog.SchemaID(names[0]))
				}
			}
			return all
		},
	}
}

// called is the operator's name as an expression has it.
func called(o *catalog.Object) string {
	return "operator " + catalog.Path(o.Names[0], o.Info.Text("operator"))
}

func address(o *catalog.Object) string {
	left := o.Info.Text("left")
	if left == "" {
		left = "NONE"
	}
	return sqltext.Format("OPERATOR %I.%s (%s, %s)", o.Names[0], o.Info.Text("operator"), left, o.Info.Text("right"))
}

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	parts := []string{"FUNCTION = " + o.Attrs.Text("function")}
	if left := o.Info.Text("left"); left != "" {
		parts = append(parts, "LEFTARG = "+left)
	}
	parts = append(parts, "RIGHTARG = "+o.Info.Text("right"))
	for _, attr := range []string{"commutator", "negator", "restrict", "join"} {
		if value := o.Attrs.Text(attr); value != "" {
			parts = append(parts, strings.ToUpper(attr)+" = "+value)
		}
	}
	for _, attr := range []string{"hashes", "merges"} {
		if o.Attrs.Bool(attr) {
			parts = append(parts, strings.ToUpper(attr))
		}
	}
	return catalog.SQL(sqltext.Format("CREATE OPERATOR %I.%s (\n    %s\n)", o.Names[0], o.Info.Text("operator"), strings.Join(parts, ",\n    ")))
}

// set writes ALTER OPERATOR … SET for an attribute that is text.
func set(attr string) func(*catalog.Context, *catalog.Object, *catalog.Object) []catalog.Statement {
	return func(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
		value := to.Attrs.Text(attr)
		if value == "" {
			value = "NONE"
		}
		return catalog.SQL(sqltext.Format("ALTER %s SET (%s = %s)", address(to), strings.ToUpper(attr), value))
	}
}

// settable is the version that can say of an operator what CREATE OPERATOR has not.
const settable = 170000

// gained is the rule for what an operator can be said to have, never again to lack.
func gained(attr string) catalog.Rule {
	return catalog.Rule{
		Alter: func(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s SET (%s)", address(to), strings.ToUpper(attr)))
		},
		Replaces: func(from, to *catalog.Object) bool { return from.In().Server < settable || !to.Attrs.Bool(attr) },
	}
}

// partner is the rule for a commutator or negator. Postgres says it of both operators when one of them is made, and takes
// it back of the other when one is dropped.
func partner(attr string) catalog.Rule {
	there := func(o *catalog.Object, names []string) *catalog.Object {
		return o.In().Get(o.Kind, names...)
	}
	byItself := func(from, to *catalog.Object) bool {
		if names := to.Info.Texts(attr); names != nil {
			other := there(to, names)
			return !from.Attrs.Has(attr) && other != nil && other.Attrs.Has(attr) && made(there(from, names), other)
		}
		names := from.Info.Texts(attr)
		return there(from, names) != nil && there(to, names) == nil
	}
	return catalog.Rule{
		Alter: func(c *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			if byItself(from, to) {
				return nil
			}
			return set(attr)(c, from, to)
		},
		Replaces: func(from, to *catalog.Object) bool {
			return !byItself(from, to) && (from.In().Server < settable || from.Attrs.Has(attr))
		},
	}
}

// made reports whether an operator is made, for the first time or again.
func made(from, to *catalog.Object) bool {
	if from == nil {
		return true
	}
	return slices.ContainsFunc(from.Differing(to), func(attr string) bool {
		switch attr {
		case "function":
			return true
		case "hashes", "merges":
			return gained(attr).Replaces(from, to)
		}
		return false
	})
}
