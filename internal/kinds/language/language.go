// Package language is the kind of the languages that functions are written in.
package language

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "language".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "language", List: list, Rows: []string{"pg_language"}, Address: address,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return write("CREATE ", o)
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER LANGUAGE %I RENAME TO %I", from.Name(), to.Name()))
		},
		Rules: map[string]catalog.Rule{
			"handler":   catalog.Alter(replace),
			"inline":    catalog.Alter(replace),
			"validator": catalog.Alter(replace),
			"trusted":   catalog.Alter(replace),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("LANGUAGE %I", o.Name()) }

func replace(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return write("CREATE OR REPLACE ", to)
}

func write(before string, o *catalog.Object) []catalog.Statement {
	var b strings.Builder
	b.WriteString(before)
	if o.Attrs.Bool("trusted") {
		b.WriteString("TRUSTED ")
	}
	b.WriteString(address(o))
	for _, attr := range []string{"handler", "inline", "validator"} {
		if f := o.Attrs.Text(attr); f != "" {
			b.WriteString(" " + strings.ToUpper(attr) + " " + f)
		}
	}
	return catalog.SQL(b.String())
}
