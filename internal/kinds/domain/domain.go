// Package domain is the kind of domains.
package domain

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "domain".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "domain", List: list, Rows: []string{"pg_type d"}, Free: true, Space: space, Address: address,
		Create: create, Drop: drop, Rename: rename, Aside: aside,
		Rules: map[string]catalog.Rule{
			"type":      catalog.Replace(),
			"collation": catalog.Replace(),
			"default":   catalog.Alter(defaults),
			"not_null":  catalog.Alter(notNull),
		},
	}
}

func space(o *catalog.Object) []string { return []string{"type " + catalog.Path(o.Names...)} }

func address(o *catalog.Object) string { return sqltext.Format("DOMAIN %I", o.Names) }

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER DOMAIN %I %s", o.Names, action))
}

func create(_ *catalog.Context, o *catalog.Object, parts []string) []catalog.Statement {
	var b strings.Builder
	b.WriteString(sqltext.Format("CREATE DOMAIN %I AS %s", o.Names, o.Attrs.Text("type")))
	if c := o.Attrs.Text("collation"); c != "" {
		b.WriteString(" COLLATE " + c)
	}
	if d := o.Attrs.Text("default"); d != "" {
		b.WriteString(" DEFAULT " + d)
	}
	if o.Attrs.Has("not_null") {
		b.WriteString(named(o) + " NOT NULL")
	}
	for _, p := range parts {
		b.WriteString("\n    " + p)
	}
	return catalog.SQL(b.String())
}

// named gives NOT NULL the name that it shall have, if Postgres would not give it the same.
func named(o *catalog.Object) string {
	if n := o.Attrs.Text("not_null"); n != "" {
		return sqltext.Format(" CONSTRAINT %I", n)
	}
	return ""
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("DROP DOMAIN %I", o.Names))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return alter(from, sqltext.Format("RENAME TO %I", to.Name()))
}

// aside takes along the name of NOT NULL, which Postgres would not give again to the new form by itself.
func aside(c *catalog.Context, o *catalog.Object) (away, drop []catalog.Statement) {
	spare := c.Spare(o)
	if c.Server >= 170000 && o.Attrs.Has("not_null") && o.Attrs.Text("not_null") == "" {
		away = alter(o, sqltext.Format("RENAME CONSTRAINT %I TO %I", notNullName(o), spare[1]+"_not_null"))
	}
	away = append(away, alter(o, sqltext.Format("RENAME TO %I", spare[1]))...)
	return away, catalog.SQL(sqltext.Format("DROP DOMAIN %I", spare))
}

func defaults(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if d := to.Attrs.Text("default"); d != "" {
		return alter(to, "SET DEFAULT "+d)
	}
	return alter(to, "DROP DEFAULT")
}

func notNull(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	switch {
	case !to.Attrs.Has("not_null"):
		return alter(to, "DROP NOT NULL")
	case from.Attrs.Has("not_null"): // another name
		return alter(to, sqltext.Format("RENAME CONSTRAINT %I TO %I", notNullName(from), notNullName(to)))
	}
	set := alter(to, "SET NOT NULL")
	if name := named(to); name != "" {
		set = alter(to, "ADD"+name+" NOT NULL")
	}
	return catalog.With(set,
		catalog.Hazard{Kind: catalog.Scan, Text: fmt.Sprintf("every row of the tables that use %s is read", sqltext.Ident(to.Names...))},
		catalog.Hazard{Kind: catalog.Breaks, Text: fmt.Sprintf("fails where a column of the type %s is null", sqltext.Ident(to.Names...))})
}

func notNullName(o *catalog.Object) string {
	if n := o.Attrs.Text("not_null"); n != "" {
		return n
	}
	return o.Name() + "_not_null"
}
