// Package operatorclass is the kind of operator classes.
package operatorclass

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "operator_class". Its name is "name USING access method".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "operator_class", List: list, Rows: []string{"pg_opclass"}, Free: true, Address: address, Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Info.Text("name")))
		},
		Rules: map[string]catalog.Rule{
			"type":      catalog.Replace(),
			"default":   catalog.Replace(),
			"family":    catalog.Replace(),
			"storage":   catalog.Replace(),
			"operators": catalog.Replace(),
			"functions": catalog.Replace(),
		},
	}
}

func address(o *catalog.Object) string {
	return sqltext.Format("OPERATOR CLASS %I.%I USING %I", o.Names[0], o.Info.Text("name"), o.Info.Text("method"))
}

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	parts := slices.Concat(o.Attrs.Texts("operators"), o.Attrs.Texts("functions"))
	if s := o.Attrs.Text("storage"); s != "" {
		parts = append(parts, "STORAGE "+s)
	}
	if len(parts) == 0 { // something has to stand there: this is the default
		parts = append(parts, "STORAGE "+o.Attrs.Text("type"))
	}
	isDefault := ""
	if o.Attrs.Bool("default") {
		isDefault = "DEFAULT "
	}
	return catalog.SQL(sqltext.Format("CREATE OPERATOR CLASS %I.%I\n    %sFOR TYPE %s USING %I FAMILY %s AS\n    %s",
		o.Names[0], o.Info.Text("name"), isDefault, o.Attrs.Text("type"), o.Info.Text("method"), o.Attrs.Text("family"), strings.Join(parts, ",\n    ")))
}
