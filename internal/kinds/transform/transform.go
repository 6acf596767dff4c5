// Package transform is the kind of transforms: how a type is handed to a language and back.
package transform

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
)

//go:embed list.sql
var list string

// Kind returns the kind "transform". Its name is "FOR type LANGUAGE language".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "transform", List: list, Rows: []string{"pg_transform"}, Address: address,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return write("CREATE ", o)
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rules: map[string]catalog.Rule{"from_sql": catalog.Alter(replace), "to_sql": catalog.Alter(replace)},
	}
}

func address(o *catalog.Object) string { return "TRANSFORM " + o.Name() }

func replace(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return write("CREATE OR REPLACE ", to)
}

func write(before string, o *catalog.Object) []catalog.Statement {
	var parts []string
	if f := o.Attrs.Text("from_sql"); f != "" {
		parts = append(parts, "FROM SQL WITH FUNCTION "+f)
	}
	if f := o.Attrs.Text("to_sql"); f != "" {
		parts = append(parts, "TO SQL WITH FUNCTION "+f)
	}
	return catalog.SQL(before + address(o) + " (" + strings.Join(parts, ", ") + ")")
}
