// Package schema is the kind of schemas.
package schema

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "schema".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "schema", List: list, Address: address,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return catalog.SQL(sqltext.Format("CREATE SCHEMA %I", o.Name()))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("DROP SCHEMA %I", o.Name()))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER SCHEMA %I RENAME TO %I", from.Name(), to.Name()))
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("SCHEMA %I", o.Name()) }
