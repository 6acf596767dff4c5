// Package conversion is the kind of conversions between encodings.
package conversion

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "conversion".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "conversion", List: list, Rows: []string{"pg_conversion"}, Free: true, Address: address, Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER CONVERSION %I RENAME TO %I", from.Names, to.Name()))
		},
		Rules: map[string]catalog.Rule{
			"from":     catalog.Replace(),
			"to":       catalog.Replace(),
			"function": catalog.Replace(),
			"default":  catalog.Replace(),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("CONVERSION %I", o.Names) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	before := "CREATE "
	if o.Attrs.Bool("default") {
		before += "DEFAULT "
	}
	return catalog.SQL(before + address(o) +
		sqltext.Format(" FOR %L TO %L FROM %s", o.Attrs.Text("from"), o.Attrs.Text("to"), o.Attrs.Text("function")))
}
