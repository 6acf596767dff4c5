// Package view is the kind of views. Their columns are a kind of their own.
package view

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "view".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "view", List: list, Rows: []string{"pg_class v"}, Free: true, Space: space, Address: address,
		Grants: func(o *catalog.Object) string { return sqltext.Format("TABLE %I", o.Names) },
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return define(o, "CREATE ")
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
		Rules: map[string]catalog.Rule{
			"definition": {Alter: redefine, Replaces: recolumned},
			"columns":    {Alter: redefine, Replaces: recolumned},
			"options":    catalog.Alter(options),
		},
	}
}

func space(o *catalog.Object) []string {
	path := catalog.Path(o.Names...)
	return []string{"relation " + path, "type " + path}
}

func address(o *catalog.Object) string { return sqltext.Format("VIEW %I", o.Names) }

func define(o *catalog.Object, create string) []catalog.Statement {
	with := ""
	if set := o.Attrs.Map("options"); len(set) > 0 {
		with = " WITH (" + catalog.WriteSettings(set) + ")"
	}
	return catalog.SQL(create + address(o) + with + " AS\n" + strings.TrimPrefix(o.Attrs.Text("definition"), "\n"))
}

// redefine says all that there is: CREATE OR REPLACE VIEW takes away options that it does not name.
func redefine(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.With(define(to, "CREATE OR REPLACE "), exposes(from, to)...)
}

// recolumned reports whether a column went, or has another name or type: CREATE OR REPLACE VIEW only adds some at the end.
func recolumned(from, to *catalog.Object) bool {
	var old, now [][]string
	from.Attrs.Decode("columns", &old)
	to.Attrs.Decode("columns", &now)
	return len(old) > len(now) || !slices.EqualFunc(old, now[:len(old)], slices.Equal)
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	if slices.Contains(from.Differing(to), "definition") {
		return nil // said with it
	}
	return catalog.With(catalog.AlterSettings("ALTER "+address(to), from, to), exposes(from, to)...)
}

// exposes warns where a view begins to read with the rights of its owner.
func exposes(from, to *catalog.Object) []catalog.Hazard {
	const invoker = "security_invoker"
	is := func(o *catalog.Object) bool {
		return slices.Contains([]string{"true", "on", "yes", "1"}, strings.ToLower(o.Attrs.Map("options")[invoker]))
	}
	if !is(from) || is(to) {
		return nil
	}
	return []catalog.Hazard{{
		Kind: catalog.Exposes, Text: sqltext.Ident(to.Names...) + " reads with the rights of its owner: the policies for who asks do not hold",
	}}
}
