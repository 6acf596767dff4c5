// Package foreigndatawrapper is the kind of foreign-data wrappers.
package foreigndatawrapper

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "foreign_data_wrapper".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "foreign_data_wrapper", List: list, Rows: []string{"pg_foreign_data_wrapper"}, Secrets: []string{"options"}, Free: true, Address: address,
		Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
		Rules: map[string]catalog.Rule{
			"handler":   catalog.Alter(function("handler")),
			"validator": catalog.Alter(function("validator")),
			"options":   catalog.Alter(options),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("FOREIGN DATA WRAPPER %I", o.Name()) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	words := []string{"CREATE", address(o)}
	for _, attr := range []string{"handler", "validator"} {
		if f := o.Attrs.Text(attr); f != "" {
			words = append(words, strings.ToUpper(attr), f)
		}
	}
	if set := catalog.WriteOptions(o.Attrs.Map("options")); set != "" {
		words = append(words, set)
	}
	return catalog.Fill(catalog.SQL(strings.Join(words, " ")), address(o), o.Attrs.Map("options"))
}

func function(attr string) func(*catalog.Context, *catalog.Object, *catalog.Object) []catalog.Statement {
	return func(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
		word := strings.ToUpper(attr)
		if f := to.Attrs.Text(attr); f != "" {
			return catalog.SQL("ALTER " + address(to) + " " + word + " " + f)
		}
		return catalog.SQL("ALTER " + address(to) + " NO " + word)
	}
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	old, now := from.Attrs.Map("options"), to.Attrs.Map("options")
	return catalog.Fill(catalog.SQL("ALTER "+address(to)+" "+catalog.AlterOptions(old, now)), address(to), now)
}
