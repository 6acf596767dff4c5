// Package tablespace is the kind of tablespaces: places on the server's disks, which no plan makes or takes away. They are
// read because tables and indexes lie in them.
package tablespace

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "tablespace".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "tablespace", List: list, Address: address,
		Drop: func(*catalog.Context, *catalog.Object) []catalog.Statement { return nil },
		Rules: map[string]catalog.Rule{
			"options": catalog.Alter(func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
				return catalog.AlterSettings("ALTER "+address(to), from, to)
			}),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("TABLESPACE %I", o.Name()) }
