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
		Name: "default", List: list, Rows: []string{"pg_attrdef"}, Satellite: true,
		Spreads: func(_, _ *catalog.Object) bool { return true },
		Create:  func(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement { return set(c, o) },
		Inline: func(c *catalog.Context, o *catalog.Object, _ []string) string {
			if o.Up().Kind == "view_column" || c.Comes(o.Up()) != nil {
				return "" // the view is made by a query, the column comes from a parent
			}
			return "DEFAULT " + o.Attrs.Text("expression")
		},
		Drop: func(c *catalog.Context, o *catalog.Object) []catalog.Statement { return alter(c, o, "DROP DEFAULT") },
		Rules: map[string]catalog.Rule{
			"expression": catalog.Alter(func(c *catalog.Context, _, to *catalog.Object) []catalog.Statement { return set(c, to) }),
		},
	}
}

func set(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	return alter(c, o, "SET DEFAULT "+o.Attrs.Text("expression"))
}

func alter(c *catalog.Context, o *catalog.Object, action string) []catalog.Statement {
	column := o.Up()
	relation := "TABLE"
	switch column.Up().Kind {
	case "view":
		relation = "VIEW"
	case "foreign_table":
		relation = "FOREIGN TABLE"
	}
	names := column.Names
	return catalog.SQL(sqltext.Format("ALTER %s %s%I ALTER COLUMN %I %s", relation, c.Only(column.Up()), names[:len(names)-1], column.Name(), action))
}
