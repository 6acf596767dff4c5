// Package composite is the kind of types that are rows.
package composite

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "composite".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "composite", List: list, Rows: []string{"pg_class c"}, Free: true, Space: space, Address: address,
		Create: create, Drop: drop, Rename: rename, Aside: aside,
	}
}

func space(o *catalog.Object) []string {
	path := catalog.Path(o.Names...)
	return []string{"relation " + path, "type " + path}
}

func address(o *catalog.Object) string { return sqltext.Format("TYPE %I", o.Names) }

func create(_ *catalog.Context, o *catalog.Object, parts []string) []catalog.Statement {
	list := ""
	if len(parts) > 0 {
		list = "\n    " + strings.Join(parts, ",\n    ") + "\n"
	}
	return catalog.SQL(sqltext.Format("CREATE TYPE %I AS (%s)", o.Names, list))
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("DROP TYPE %I", o.Names))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TYPE %I RENAME TO %I", from.Names, to.Name()))
}

func aside(c *catalog.Context, o *catalog.Object) (away, drop []catalog.Statement) {
	spare := c.Spare(o)
	return catalog.SQL(sqltext.Format("ALTER TYPE %I RENAME TO %I", o.Names, spare[1])),
		catalog.SQL(sqltext.Format("DROP TYPE %I", spare))
}
