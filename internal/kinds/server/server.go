// Package server is the kind of foreign servers.
package server

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "server".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "server", List: list, Rows: []string{"pg_foreign_server"}, Secrets: []string{"options"}, Free: true, Address: address,
		Grants: func(o *catalog.Object) string { return "FOREIGN " + address(o) },
		Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
		Rules: map[string]catalog.Rule{
			"wrapper": catalog.Replace(),
			"type":    catalog.Replace(),
			"version": catalog.Alter(version),
			"options": catalog.Alter(options),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("SERVER %I", o.Name()) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	words := []string{"CREATE", address(o)}
	for _, attr := range []string{"type", "version"} {
		if o.Attrs.Has(attr) {
			words = append(words, strings.ToUpper(attr), sqltext.Literal(o.Attrs.Text(attr)))
		}
	}
	words = append(words, sqltext.Format("FOREIGN DATA WRAPPER %I", o.Attrs.Text("wrapper")))
	if set := catalog.WriteOptions(o.Attrs.Map("options")); set != "" {
		words = append(words, set)
	}
	return catalog.Fill(catalog.SQL(strings.Join(words, " ")), address(o), o.Attrs.Map("options"))
}

func version(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	var v any
	if to.Attrs.Has("version") {
		v = to.Attrs.Text("version")
	}
	return catalog.SQL(sqltext.Format("ALTER %s VERSION %L", address(to), v))
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	old, now := from.Attrs.Map("options"), to.Attrs.Map("options")
	return catalog.Fill(catalog.SQL("ALTER "+address(to)+" "+catalog.AlterOptions(old, now)), address(to), now)
}
