// Package cast is the kind of casts from one type to another.
package cast

import (
	_ "embed"
	"fmt"

	"github.com/cairndb/cairn/internal/catalog"
)

//go:embed list.sql
var list string

// Kind returns the kind "cast". Its name is "source AS target".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "cast", List: list, Rows: []string{"pg_cast"}, Address: address,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return catalog.SQL("CREATE " + address(o) + how(o) + contexts[o.Attrs.Text("context")])
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rules: map[string]catalog.Rule{
			"function": catalog.Replace(),
			"inout":    catalog.Replace(),
			"context":  catalog.Replace(),
		},
	}
}

func address(o *catalog.Object) string { return fmt.Sprintf("CAST (%s)", o.Name()) }

// contexts are the letters of pg_cast.castcontext, but for that of an explicit cast.
var contexts = map[string]string{"a": " AS ASSIGNMENT", "i": " AS IMPLICIT"}

func how(o *catalog.Object) string {
	switch f := o.Attrs.Text("function"); {
	case f != "":
		return " WITH FUNCTION " + f
	case o.Attrs.Bool("inout"):
		return " WITH INOUT"
	}
	return " WITHOUT FUNCTION"
}
