// Package operatorfamilymember is the kind of the operators and functions of an operator family that no class holds.
package operatorfamilymember

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
)

//go:embed list.sql
var list string

// Kind returns the kind "operator_family_member". Its name is "OPERATOR 1 (integer, bigint)".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "operator_family_member", List: list, Rows: []string{"pg_amop", "pg_amproc"}, Inline: inline,
		Create: func(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return alter(o, "ADD "+inline(c, o, nil))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return alter(o, "DROP "+o.Info.Text("what")+" "+o.Info.Text("types"))
		},
		Rules: map[string]catalog.Rule{"does": catalog.Replace(), "order_by": catalog.Replace()},
	}
}

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL("ALTER " + o.On() + " " + action)
}

func inline(_ *catalog.Context, o *catalog.Object, _ []string) string {
	if strings.HasPrefix(o.Name(), "FUNCTION") {
		return o.Info.Text("what") + " " + o.Info.Text("types") + " " + o.Attrs.Text("does")
	}
	item := o.Info.Text("what") + " " + o.Attrs.Text("does") + " " + o.Info.Text("types")
	if by := o.Attrs.Text("order_by"); by != "" {
		item += " FOR ORDER BY " + by
	}
	return item
}
