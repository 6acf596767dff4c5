// Package extension is the kind of extensions. What belongs to one is not listed.
package extension

import (
	_ "embed"
	"fmt"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "extension".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "extension", List: list, Free: true, Address: address, Create: create, Drop: drop,
		Rules: map[string]catalog.Rule{
			"schema":  {Alter: move, Replaces: func(from, _ *catalog.Object) bool { return !from.Info.Bool("relocatable") }},
			"version": catalog.Alter(update),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("EXTENSION %I", o.Name()) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	sql := "CREATE " + address(o)
	if s := o.Attrs.Text("schema"); s != "pg_catalog" {
		sql += sqltext.Format(" SCHEMA %I", s)
	}
	if !o.Info.Bool("default") {
		sql += sqltext.Format(" VERSION %L", o.Attrs.Text("version"))
	}
	return catalog.SQL(sql)
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.With(catalog.SQL("DROP "+address(o)),
		catalog.Hazard{Kind: catalog.Loss, Text: fmt.Sprintf("what the tables of the extension %s hold is lost", sqltext.Ident(o.Name()))})
}

func move(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s SET SCHEMA %I", address(to), to.Attrs.Text("schema")))
}

func update(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	version := to.Attrs.Text("version")
	return catalog.With(catalog.SQL(sqltext.Format("ALTER %s UPDATE TO %L", address(to), version)), catalog.Hazard{
		Kind: catalog.Breaks, Text: fmt.Sprintf("fails where the server has no way from %s to %s", from.Attrs.Text("version"), version),
	})
}
