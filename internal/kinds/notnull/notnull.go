// Package notnull is the kind of NOT NULL constraints that have a comment, as something for it to hang on. What else
// there is to say of NOT NULL is the column's.
package notnull

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "not_null".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "not_null", List: list, Rows: []string{"pg_constraint"}, Address: address,
		// The constraint stays where its column does; what goes is the comment.
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("COMMENT ON " + address(o) + " IS NULL")
		},
	}
}

func address(o *catalog.Object) string {
	table := len(o.Names) - 2 // behind it the column and the constraint
	return sqltext.Format("CONSTRAINT %I ON %I", o.Name(), o.Names[:table])
}
