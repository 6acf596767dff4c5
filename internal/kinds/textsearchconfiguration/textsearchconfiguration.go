// Package textsearchconfiguration is the kind of text search configurations.
package textsearchconfiguration

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

// Kind returns the kind "text_search_configuration".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "text_search_configuration", List: list, Rows: []string{"pg_ts_config"}, Free: true, Address: address,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return catalog.SQL("CREATE " + address(o) + " (PARSER = " + o.Attrs.Text("parser") + ")")
		},
		Finish: func(c *catalog.Context, o *catalog.Object) []catalog.Statement { return remap(c, &catalog.Object{}, o) },
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
		Rules: map[string]catalog.Rule{"parser": catalog.Replace(), "mappings": catalog.Alter(remap)},
	}
}

func address(o *catalog.Object) string {
	return sqltext.Format("TEXT SEARCH CONFIGURATION %I", o.Names)
}

// remap takes the sorts of tokens from one set of mappings to another, those with the same dictionaries together.
func remap(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	var old, now map[string][]string
	from.Attrs.Decode("mappings", &old)
	to.Attrs.Decode("mappings", &now)
	sorts := map[[2]string][]string{} // by verb and dictionaries
	for _, sort := range slices.Sorted(maps.Keys(now)) {
		verb := "ADD"
		if before, ok := old[sort]; ok {
			if slices.Equal(before, now[sort]) {
				continue
			}
			verb = "ALTER"
		}
		key := [2]string{verb, " WITH " + strings.Join(now[sort], ", ")}
		sorts[key] = append(sorts[key], sqltext.Ident(sort))
	}
	for _, sort := range slices.Sorted(maps.Keys(old)) {
		if _, ok := now[sort]; !ok {
			sorts[[2]string{"DROP", ""}] = append(sorts[[2]string{"DROP", ""}], sqltext.Ident(sort))
		}
	}
	keys := slices.SortedFunc(maps.Keys(sorts), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var all []catalog.Statement
	for _, key := range keys {
		all = append(all, catalog.Statement{SQL: "ALTER " + address(to) + " " + key[0] + " MAPPING FOR " + strings.Join(sorts[key], ", ") + key[1]})
	}
	return all
}
