// Package accessmethod is the kind of access methods of tables and indexes.
package accessmethod

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "access_method".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "access_method", List: list, Rows: []string{"pg_am"}, Address: address,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return catalog.SQL(sqltext.Format("CREATE %s TYPE %s HANDLER %s", address(o), types[o.Attrs.Text("type")], o.Attrs.Text("handler")))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rules: map[string]catalog.Rule{"type": catalog.Replace(), "handler": catalog.Replace()},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("ACCESS METHOD %I", o.Name()) }

// types are the letters of pg_am.amtype.
var types = map[string]string{"i": "INDEX", "t": "TABLE"}
