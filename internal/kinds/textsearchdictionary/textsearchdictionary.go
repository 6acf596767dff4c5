// Package textsearchdictionary is the kind of text search dictionaries.
package textsearchdictionary

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "text_search_dictionary".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "text_search_dictionary", List: list, Rows: []string{"pg_ts_dict"}, Free: true, Address: address,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			parts := append([]string{"TEMPLATE = " + o.Attrs.Text("template")}, options(o.Attrs.Map("options"))...)
			return catalog.SQL("CREATE " + address(o) + " (" + strings.Join(parts, ", ") + ")")
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
		Rules: map[string]catalog.Rule{
			"template": catalog.Replace(),
			"options": catalog.Alter(func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
				set, reset := catalog.Settings(from.Attrs.Map("options"), to.Attrs.Map("options"))
				return catalog.SQL("ALTER " + address(to) + " (" + strings.Join(append(options(set), reset...), ", ") + ")")
			}),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("TEXT SEARCH DICTIONARY %I", o.Names) }

// options are written as they were read: names and literals, each as SQL has it.
func options(m map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, name+" = "+m[name])
	}
	return all
}
