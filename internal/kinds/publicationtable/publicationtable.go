// Package publicationtable is the kind of the tables that publications name.
package publicationtable

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "publication_table".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "publication_table", List: list, Rows: []string{"pg_publication"}, Inline: inline,
		Create: func(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return alter(o, "ADD "+inline(c, o, nil))
		},
		Drop:  func(c *catalog.Context, o *catalog.Object) []catalog.Statement { return alter(o, "DROP "+name(c, o)) },
		Needs: func(o *catalog.Object) []catalog.ID { return []catalog.ID{table(o)} },
		Rules: map[string]catalog.Rule{
			"where":   catalog.Replace(),
			"columns": catalog.Replace(),
		},
	}
}

func table(o *catalog.Object) catalog.ID {
	return catalog.ID{Kind: "table", Path: catalog.Path(o.Info.Texts("table")...)}
}

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER PUBLICATION %I %s", o.Names[0], action))
}

// name is the table, without what inherits it: that is published by itself.
func name(c *catalog.Context, o *catalog.Object) string {
	only := ""
	if c.Tied(table(o)) {
		only = "ONLY "
	}
	return sqltext.Format("TABLE %s%I", only, o.Info.Texts("table"))
}

func inline(c *catalog.Context, o *catalog.Object, _ []string) string {
	text := name(c, o)
	if columns := o.Attrs.Texts("columns"); columns != nil {
		list := make([]string, len(columns))
		for i, column := range columns {
			list[i] = sqltext.Ident(column)
		}
		text += " (" + strings.Join(list, ", ") + ")"
	}
	if where := o.Attrs.Text("where"); where != "" {
		text += " WHERE (" + where + ")"
	}
	return text
}
