// Package statistics is the kind of extended statistics.
package statistics

import (
	_ "embed"
	"fmt"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "statistics".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "statistics", List: list, Rows: []string{"pg_statistic_ext"}, Address: address, Space: space,
		Create: create, Finish: finish, Drop: drop, Rename: rename,
		Rules: map[string]catalog.Rule{
			"definition": catalog.Replace(),
			"target":     catalog.Alter(target),
		},
	}
}

// names are the statistics' own: they may stand in another schema than their table.
func names(o *catalog.Object) []string { return []string{o.Info.Text("schema"), o.Info.Text("name")} }

func space(o *catalog.Object) []string { return []string{"statistics " + catalog.Path(names(o)...)} }

func address(o *catalog.Object) string { return sqltext.Format("STATISTICS %I", names(o)) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	return catalog.SQL(o.Attrs.Text("definition"))
}

func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	if !o.Attrs.Has("target") {
		return nil
	}
	return target(c, nil, o)
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL("DROP " + address(o))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Info.Text("name")))
}

func target(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	n := -1
	if to.Attrs.Has("target") {
		n = to.Attrs.Int("target")
	}
	return catalog.SQL(fmt.Sprintf("ALTER %s SET STATISTICS %d", address(to), n))
}
