// Package publication is the kind of publications. What they publish are kinds of their own.
package publication

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "publication".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "publication", List: list, Rows: []string{"pg_publication"}, Address: address, Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
		Rules: map[string]catalog.Rule{
			"all_tables":        catalog.Replace(),
			"publish":           catalog.Alter(alter),
			"via_root":          catalog.Alter(alter),
			"generated_columns": catalog.Alter(alter),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("PUBLICATION %I", o.Name()) }

// parameters are what WITH and SET say of an attribute, and what it is by itself.
var parameters = []struct{ attr, name, usual string }{
	{"publish", "publish", "insert, update, delete, truncate"},
	{"via_root", "publish_via_partition_root", "false"},
	{"generated_columns", "publish_generated_columns", "none"},
}

func write(o *catalog.Object, says func(attr string) bool) string {
	var list []string
	for _, p := range parameters {
		value := p.usual
		if o.Attrs.Has(p.attr) {
			value = o.Attrs.Text(p.attr)
		}
		if says(p.attr) {
			list = append(list, sqltext.Format("%s = %L", p.name, value))
		}
	}
	return strings.Join(list, ", ")
}

func create(_ *catalog.Context, o *catalog.Object, parts []string) []catalog.Statement {
	sql := "CREATE " + address(o)
	switch {
	case o.Attrs.Bool("all_tables"):
		sql += " FOR ALL TABLES"
	case len(parts) > 0:
		sql += " FOR " + strings.Join(parts, ", ")
	}
	if with := write(o, o.Attrs.Has); with != "" {
		sql += " WITH (" + with + ")"
	}
	return catalog.SQL(sql)
}

// alter is one statement for all parameters.
func alter(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	differs := func(attr string) bool {
		return from.Attrs.Text(attr) != to.Attrs.Text(attr) || from.Attrs.Has(attr) != to.Attrs.Has(attr)
	}
	return catalog.SQL("ALTER " + address(to) + " SET (" + write(to, differs) + ")")
}
