// Package owner is the kind of the owners of objects.
package owner

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "owner".
func Kind() *catalog.Kind {
	kind := &catalog.Kind{
		Name: "owner", List: list, Satellite: true,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement { return give(o) },
		Drop:   func(*catalog.Context, *catalog.Object) []catalog.Statement { return nil }, // something always has one
		Rules: map[string]catalog.Rule{
			"role": catalog.Alter(func(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement { return give(to) }),
		},
		Needs: func(o *catalog.Object) []catalog.ID { return []catalog.ID{catalog.RoleID(o.Attrs.Text("role"))} },
	}
	kind.Born = func(c *catalog.Context, parent *catalog.Object) []*catalog.Object {
		return []*catalog.Object{catalog.NewSatellite(kind, parent, "", catalog.AttrsOf(map[string]any{"role": c.Role}))}
	}
	return kind
}

func give(o *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s OWNER TO %I", o.On(), o.Attrs.Text("role")))
}
