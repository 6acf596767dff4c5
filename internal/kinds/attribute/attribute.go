// Package attribute is the kind of the attributes of composite types.
package attribute

import (
	_ "embed"
	"fmt"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "attribute".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "attribute", List: list, Rows: []string{"pg_class c"}, Address: address, Bound: func(*catalog.Object) bool { return true },
		Create: create, Inline: inline, Drop: drop, Rename: rename, Follow: follow, FollowAs: "type",
		Rules: map[string]catalog.Rule{
			"type":      {Alter: retype, Replaces: stored, Rebuilds: inTheWay},
			"collation": {Alter: retype, Replaces: stored, Rebuilds: inTheWay},
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("COLUMN %I", o.Names) }

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TYPE %I %s", o.Up().Names, action))
}

func create(c *catalog.Context, o *catalog.Object, parts []string) []catalog.Statement {
	return alter(o, "ADD ATTRIBUTE "+inline(c, o, parts)+" CASCADE")
}

func inline(_ *catalog.Context, o *catalog.Object, _ []string) string {
	return sqltext.Format("%I %s", o.Name(), kind(o))
}

// kind is the attribute's type with its collation.
func kind(o *catalog.Object) string {
	if c := o.Attrs.Text("collation"); c != "" {
		return o.Attrs.Text("type") + " COLLATE " + c
	}
	return o.Attrs.Text("type")
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	all := alter(o, sqltext.Format("DROP ATTRIBUTE %I CASCADE", o.Name()))
	if isStored(o.In(), o.Parent, 0) {
		catalog.With(all, catalog.Hazard{
			Kind: catalog.Loss, Text: fmt.Sprintf("what %s holds in the rows that use the type is lost", sqltext.Ident(o.Names...)),
		})
	}
	return all
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return alter(from, sqltext.Format("RENAME ATTRIBUTE %I TO %I CASCADE", from.Name(), to.Name()))
}

func retype(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return alter(to, sqltext.Format("ALTER ATTRIBUTE %I TYPE %s CASCADE", to.Name(), kind(to)))
}

// follow takes the attribute from the old form of its type or collation to the new.
func follow(c *catalog.Context, o, _ *catalog.Object) []catalog.Statement {
	if from := c.From.Objects[o.ID]; from == nil || stored(from, o) {
		return nil
	}
	return retype(c, o, o)
}

// inTheWay reports whether something needs the attribute's type as it is, and not only the whole composite.
func inTheWay(_, _, dependent *catalog.Object) bool {
	switch dependent.Kind {
	case "comment", "grant", "security_label":
		return false
	}
	return true
}

// stored reports whether rows hold values of the attribute's composite: its types do not change then.
func stored(from, _ *catalog.Object) bool { return isStored(from.In(), from.Parent, 0) }

// deep is how many types may be around one that a column holds.
const deep = 16

func isStored(c *catalog.Catalog, id catalog.ID, depth int) bool {
	for _, n := range c.Needed(id) {
		switch n.On.Kind {
		case "column", "materialized_view":
			return true
		case "attribute":
			if a := c.Objects[n.On]; a != nil && a.Parent != id && depth < deep && isStored(c, a.Parent, depth+1) {
				return true
			}
		case "domain", "range":
			if depth < deep && isStored(c, n.On, depth+1) {
				return true
			}
		}
	}
	return false
}
