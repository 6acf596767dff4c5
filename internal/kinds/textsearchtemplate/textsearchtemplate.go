// Package textsearchtemplate is the kind of text search templates.
package textsearchtemplate

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// functions are the attributes, each the name of a function, in the order in which CREATE takes them.
var functions = []string{"init", "lexize"}

// Kind returns the kind "text_search_template".
func Kind() *catalog.Kind {
	kind := &catalog.Kind{
		Name: "text_search_template", List: list, Rows: []string{"pg_ts_template"}, Free: true, Address: address, Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
		Rules: map[string]catalog.Rule{},
	}
	for _, attr := range functions {
		kind.Rules[attr] = catalog.Replace()
	}
	return kind
}

func address(o *catalog.Object) string { return sqltext.Format("TEXT SEARCH TEMPLATE %I", o.Names) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	var parts []string
	for _, attr := range functions {
		if f := o.Attrs.Text(attr); f != "" {
			parts = append(parts, strings.ToUpper(attr)+" = "+f)
		}
	}
	return catalog.SQL("CREATE " + address(o) + " (" + strings.Join(parts, ", ") + ")")
}
