// Package largeobject is the kind of large objects: that they are there, not what they hold.
package largeobject

import (
	_ "embed"
	"fmt"

	"github.com/cairndb/cairn/internal/catalog"
)

//go:embed list.sql
var list string

// Kind returns the kind "large_object".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "large_object", List: list, Rows: []string{"pg_largeobject_metadata"},
		Address: func(o *catalog.Object) string { return "LARGE OBJECT " + o.Name() },
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return catalog.SQL(fmt.Sprintf("SELECT pg_catalog.lo_create(%s)", o.Name()))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.With(catalog.SQL(fmt.Sprintf("SELECT pg_catalog.lo_unlink(%s)", o.Name())),
				catalog.Hazard{Kind: catalog.Loss, Text: fmt.Sprintf("what the large object %s holds is lost", o.Name())})
		},
	}
}
