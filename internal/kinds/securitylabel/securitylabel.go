// Package securitylabel is the kind of security labels on objects, of which each provider has its own.
package securitylabel

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "security_label". Its name is the provider's.
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "security_label", List: list, Satellite: true,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return label(o, o.Attrs.Text("label"))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement { return label(o, nil) },
		Rules: map[string]catalog.Rule{
			"label": catalog.Alter(func(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
				return label(to, to.Attrs.Text("label"))
			}),
		},
	}
}

func label(o *catalog.Object, text any) []catalog.Statement {
	return catalog.SQL(sqltext.Format("SECURITY LABEL FOR %I ON %s IS %L", o.Name(), o.On(), text))
}
