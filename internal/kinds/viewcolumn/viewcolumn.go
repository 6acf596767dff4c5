// Package viewcolumn is the kind of the columns of views and materialized views. They come and go with the view.
package viewcolumn

import (
	_ "embed"
	"fmt"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "view_column".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "view_column", List: list, Rows: []string{"pg_class v", "pg_class m"}, Finish: finish, Rename: rename,
		Address: func(o *catalog.Object) string { return sqltext.Format("COLUMN %I", o.Names) },
		Drop:    func(*catalog.Context, *catalog.Object) []catalog.Statement { return nil },
		Rules: map[string]catalog.Rule{
			"storage":     catalog.Alter(storage),
			"compression": catalog.Alter(compression),
			"statistics":  catalog.Alter(statistics),
			"options":     catalog.Alter(options),
		},
	}
}

// column is how ALTER … names the column, in its view.
func column(o *catalog.Object) string {
	view := o.Up()
	return sqltext.Format("ALTER %s ALTER COLUMN %I", o.In().Kind(view.Kind).Address(view), o.Name())
}

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(column(o) + " " + action)
}

// finish is what no query says of its columns.
func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	none := &catalog.Object{ID: o.ID}
	var all []catalog.Statement
	for _, attr := range o.Attrs.Names() {
		all = append(all, o.In().Kind(o.Kind).Rules[attr].Alter(c, none, o)...)
	}
	return all
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	view := from.Up()
	return catalog.SQL(sqltext.Format("ALTER %s RENAME COLUMN %I TO %I", from.In().Kind(view.Kind).Address(view), from.Name(), to.Name()))
}

func storage(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	storages := map[string]string{"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"} // pg_attribute.attstorage
	s := to.Attrs.Text("storage")
	if s == "" {
		s = to.Info.Text("type_storage")
	}
	return alter(to, "SET STORAGE "+storages[s])
}

func compression(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	methods := map[string]string{"": "DEFAULT", "l": "lz4", "p": "pglz"} // pg_attribute.attcompression
	return alter(to, "SET COMPRESSION "+methods[to.Attrs.Text("compression")])
}

func statistics(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	n := -1
	if to.Attrs.Has("statistics") {
		n = to.Attrs.Int("statistics")
	}
	return alter(to, fmt.Sprintf("SET STATISTICS %d", n))
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.AlterSettings(column(to), from, to)
}
