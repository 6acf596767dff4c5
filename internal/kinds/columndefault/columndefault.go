// Package columndefault is the kind of the defaults of columns.
package columndefault

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "default".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "default", List: list, Satellite: true,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement { return set(o) },
		Inline: func(_ *catalog.Context, o *catalog.Object, _ []string) string {
			if o.Up().Kind == "view_column" {
				return "" // the view is made by a query
			}
			return "DEFAULT " + o.Attrs.Text("expression")
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement { return alter(o, "DROP DEFAULT") },
		Rules: map[string]catalog.Rule{
			"expression": catalog.Alter(func(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement { return set(to) }),
		},
	}
}

func set(o *catalog.Object) []catalog.Statement {
	return alter(o, "SET DEFAULT "+o.Attrs.Text("expression"))
}

func alter(o *catalog.Object, action string) []catalog.Statement {
	column := o.Up()
	relation := "TABLE"
	switch column.Up().Kind {
	case "view":
		relation = "VIEW"
	case "foreign_table":
		relation = "FOREIGN TABLE"
	}
	names := column.Names
	return catalog.SQL(sqltext.Format("ALTER %s %I ALTER COLUMN %I %s", relation, names[:len(names)-1], column.Name(), action))
}
