// Package foreigntable is the kind of foreign tables. Their columns and constraints are kinds of their own, as those of
// tables.
package foreigntable

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "foreign_table".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "foreign_table", List: list, Rows: []string{"pg_class f"}, Secrets: []string{"options"}, Free: true, Space: space, Address: address,
		Grants: func(o *catalog.Object) string { return sqltext.Format("TABLE %I", o.Names) },
		Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
		Rules: map[string]catalog.Rule{
			"server":  catalog.Replace(),
			"options": catalog.Alter(options),
		},
	}
}

func space(o *catalog.Object) []string {
	path := catalog.Path(o.Names...)
	return []string{"relation " + path, "type " + path}
}

func address(o *catalog.Object) string { return sqltext.Format("FOREIGN TABLE %I", o.Names) }

func create(_ *catalog.Context, o *catalog.Object, parts []string) []catalog.Statement {
	var parents, columns []string
	for _, p := range parts {
		if parent, ok := strings.CutPrefix(p, "INHERITS "); ok {
			parents = append(parents, parent)
		} else {
			columns = append(columns, p)
		}
	}
	var b strings.Builder
	b.WriteString("CREATE " + address(o) + " (")
	if columns != nil {
		b.WriteString("\n    " + strings.Join(columns, ",\n    ") + "\n")
	}
	b.WriteString(")")
	if parents != nil {
		b.WriteString("\nINHERITS (" + strings.Join(parents, ", ") + ")")
	}
	b.WriteString(sqltext.Format("\nSERVER %I", o.Attrs.Text("server")))
	if set := catalog.WriteOptions(o.Attrs.Map("options")); set != "" {
		b.WriteString("\n" + set)
	}
	return catalog.Fill(catalog.SQL(b.String()), address(o), o.Attrs.Map("options"))
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	old, now := from.Attrs.Map("options"), to.Attrs.Map("options")
	return catalog.Fill(catalog.SQL("ALTER "+address(to)+" "+catalog.AlterOptions(old, now)), address(to), now)
}
