// Package materializedview is the kind of materialized views. Their columns and indexes are kinds of their own.
package materializedview

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "materialized_view".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "materialized_view", List: list, Rows: []string{"pg_class m"}, Free: true, Space: space, Address: address,
		Grants: func(o *catalog.Object) string { return sqltext.Format("TABLE %I", o.Names) },
		Create: create, Finish: finish, Drop: drop, Rename: rename,
		Rules: map[string]catalog.Rule{
			"definition": catalog.Replace(),
			"columns":    catalog.Replace(),
			"method":     catalog.Alter(method),
			"tablespace": catalog.Alter(tablespace),
			"options":    catalog.Alter(options),
			"depends":    catalog.Alter(depends),
		},
	}
}

func space(o *catalog.Object) []string {
	path := catalog.Path(o.Names...)
	return []string{"relation " + path, "type " + path}
}

func address(o *catalog.Object) string { return sqltext.Format("MATERIALIZED VIEW %I", o.Names) }

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL("ALTER " + address(o) + " " + action)
}

func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	var b strings.Builder
	b.WriteString("CREATE " + address(o))
	if m := o.Attrs.Text("method"); m != "" {
		b.WriteString(sqltext.Format("\nUSING %I", m))
	}
	if set := o.Attrs.Map("options"); len(set) > 0 {
		b.WriteString("\nWITH (" + catalog.WriteSettings(set) + ")")
	}
	if s := o.Attrs.Text("tablespace"); s != "" {
		b.WriteString(sqltext.Format("\nTABLESPACE %I", s))
	}
	b.WriteString(" AS\n" + o.Attrs.Text("definition"))
	was := c.From.Objects[o.ID]
	if o.Info.Bool("empty") && (was == nil || was.Info.Bool("empty")) {
		b.WriteString("\nWITH NO DATA")
	}
	return catalog.SQL(b.String())
}

func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement { return depends(c, nil, o) }

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL("DROP " + address(o))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return alter(from, sqltext.Format("RENAME TO %I", to.Name()))
}

func rewrites(o *catalog.Object) catalog.Hazard {
	return catalog.Hazard{
		Kind: catalog.Rewrite, Text: "every row of " + sqltext.Ident(o.Names...) + " is written anew; nobody reads meanwhile",
	}
}

func method(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	name := to.Attrs.Text("method")
	if name == "" {
		name = "heap"
	}
	return catalog.With(alter(to, sqltext.Format("SET ACCESS METHOD %I", name)), rewrites(to))
}

func tablespace(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	name := to.Attrs.Text("tablespace")
	if name == "" {
		name = "pg_default"
	}
	return catalog.With(alter(to, sqltext.Format("SET TABLESPACE %I", name)), rewrites(to))
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.AlterSettings("ALTER "+address(to), from, to)
}

func depends(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.AlterDepends("ALTER "+address(to), from, to)
}
