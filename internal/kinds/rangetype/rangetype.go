// Package rangetype is the kind of range types.
package rangetype

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "range".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "range", List: list, Rows: []string{"pg_type r"}, Free: true, Space: space, Address: address,
		Create: create, Shell: shell, Drop: drop, Rename: rename, Aside: aside,
		Rules: map[string]catalog.Rule{
			"subtype":      catalog.Replace(),
			"opclass":      catalog.Replace(),
			"collation":    catalog.Replace(),
			"canonical":    catalog.Replace(),
			"subtype_diff": catalog.Replace(),
			"multirange":   catalog.Alter(multirange),
		},
	}
}

func space(o *catalog.Object) []string {
	return []string{"type " + catalog.Path(o.Names...), "type " + catalog.Path(many(o)...)}
}

// many is the name of the multirange type.
func many(o *catalog.Object) []string { return []string{o.Names[0], o.Attrs.Text("multirange")} }

func address(o *catalog.Object) string { return sqltext.Format("TYPE %I", o.Names) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	options := []string{"SUBTYPE = " + o.Attrs.Text("subtype")}
	for _, attr := range []string{"opclass", "collation", "canonical", "subtype_diff"} {
		if v := o.Attrs.Text(attr); v != "" {
			options = append(options, map[string]string{
				"opclass": "SUBTYPE_OPCLASS", "collation": "COLLATION", "canonical": "CANONICAL", "subtype_diff": "SUBTYPE_DIFF",
			}[attr]+" = "+v)
		}
	}
	options = append(options, sqltext.Format("MULTIRANGE_TYPE_NAME = %I", many(o)))
	return catalog.SQL(sqltext.Format("CREATE TYPE %I AS RANGE (\n    %s\n)", o.Names, strings.Join(options, ",\n    ")))
}

// shell declares the type, for a canonical function over it.
func shell(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("CREATE TYPE %I", o.Names))
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("DROP TYPE %I%s", o.Names, cascade(o)))
}

// cascade takes the canonical function along: neither goes before the other.
func cascade(o *catalog.Object) string {
	if o.Attrs.Has("canonical") {
		return " CASCADE"
	}
	return ""
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return renames(from, []string{from.Names[0], to.Name()}, many(from))
}

// aside takes the multirange type along, and the functions, which would be in the way of those of the new form.
func aside(c *catalog.Context, o *catalog.Object) (away, drop []catalog.Statement) {
	spare := c.Spare(o)
	return renames(o, spare, []string{spare[0], spare[1] + "_multi"}),
		catalog.SQL(sqltext.Format("DROP TYPE %I%s", spare, cascade(o)))
}

func multirange(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return renames(from, from.Names, many(to))
}

// renames gives a range and its multirange other names, and the functions that make their values as well.
func renames(o *catalog.Object, one, more []string) []catalog.Statement {
	var all []string
	subtype := o.Attrs.Text("subtype")
	if one[1] != o.Name() {
		all = append(all,
			sqltext.Format("ALTER FUNCTION %I(%s, %s) RENAME TO %I", o.Names, subtype, subtype, one[1]),
			sqltext.Format("ALTER FUNCTION %I(%s, %s, text) RENAME TO %I", o.Names, subtype, subtype, one[1]),
			sqltext.Format("ALTER TYPE %I RENAME TO %I", o.Names, one[1]))
	}
	if more[1] != many(o)[1] {
		all = append(all,
			sqltext.Format("ALTER FUNCTION %I() RENAME TO %I", many(o), more[1]),
			sqltext.Format("ALTER FUNCTION %I(%I) RENAME TO %I", many(o), one, more[1]),
			sqltext.Format("ALTER FUNCTION %I(VARIADIC %I[]) RENAME TO %I", many(o), one, more[1]),
			sqltext.Format("ALTER TYPE %I RENAME TO %I", many(o), more[1]))
	}
	return catalog.SQL(all...)
}
