// Package operatorfamily is the kind of operator families. What is in one without being of a class has a kind of its own.
package operatorfamily

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "operator_family". Its name is "name USING access method".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "operator_family", List: list, Rows: []string{"pg_opfamily"}, Free: true, Address: address,
		Create: func(_ *catalog.Context, o *catalog.Object, parts []string) []catalog.Statement {
			all := catalog.SQL("CREATE " + address(o))
			if len(parts) > 0 {
				all = append(all, catalog.Statement{SQL: "ALTER " + address(o) + " ADD\n    " + strings.Join(parts, ",\n    ")})
			}
			return all
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Info.Text("name")))
		},
	}
}

func address(o *catalog.Object) string {
	return sqltext.Format("OPERATOR FAMILY %I.%I USING %I", o.Names[0], o.Info.Text("name"), o.Info.Text("method"))
}
