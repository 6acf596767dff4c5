// Package partition is the kind of what ties a partition to its table: the two are made as tables of their own, and then
// attached, which blocks nobody who reads or writes the others.
package partition

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

//go:embed leftover.sql
var leftoverSQL string

// Kind returns the kind "partition".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "partition", List: list, Rows: []string{"pg_inherits"}, Satellite: true, Ties: true,
		Create: attach, Drop: detach, Needs: needs,
		Rules: map[string]catalog.Rule{
			"of":        catalog.Replace(),
			"bound":     catalog.Replace(),
			"detaching": catalog.Replace(),
		},
	}
}

// needs are the table, and in the partition what the table has as well.
func needs(o *catalog.Object) []catalog.ID {
	all := []catalog.ID{{Kind: "table", Path: catalog.Path(o.Attrs.Texts("of")...)}}
	for _, part := range o.Up().Children() {
		if part.Info.Bool("inherited") {
			all = append(all, part.ID)
		}
	}
	return all
}

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TABLE %I %s PARTITION %I", o.Attrs.Texts("of"), action, o.Up().Names))
}

func attach(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	all := alter(o, "ATTACH")
	all[0].SQL += " " + o.Attrs.Text("bound")
	name := sqltext.Ident(o.Up().Names...)
	return catalog.With(all,
		catalog.Hazard{Kind: catalog.Scan, Text: fmt.Sprintf("every row of %s is checked, and of a default partition; nobody reads or writes them meanwhile", name)},
		catalog.Hazard{Kind: catalog.Breaks, Text: fmt.Sprintf("fails on a row of %s that does not belong there", name)})
}

func detach(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	all := alter(o, "DETACH")
	if isReferred(o) {
		catalog.With(all, catalog.Hazard{
			Kind: catalog.Breaks, Text: fmt.Sprintf("fails where rows of %s are referred to", sqltext.Ident(o.Up().Names...)),
		})
	}
	switch {
	case o.Attrs.Bool("detaching"):
		all[0].SQL += " FINALIZE"
	case c.Online && !hasDefault(o):
		all[0].SQL += " CONCURRENTLY"
		all[0].Mode = catalog.Alone
		all = append(all, leftover(o)...)
	default:
		catalog.With(all, catalog.Hazard{Kind: catalog.Locks, Text: fmt.Sprintf("nobody reads or writes %s meanwhile", sqltext.Ident(o.Attrs.Texts("of")...))})
	}
	return append(all, c.Unname(o)...)
}

// isReferred reports whether a foreign key refers to the table, and so to rows of the partition.
func isReferred(o *catalog.Object) bool {
	for _, key := range o.In().TiedTo(o).Children("constraint") {
		for _, n := range o.In().Needed(key.ID) {
			if f := o.In().Objects[n.On]; f != nil && f.Kind == "constraint" && f.Info.Text("type") == "f" {
				return true
			}
		}
	}
	return false
}

// leftover drops the check that a partition keeps which is detached concurrently: its bound, under a name that Postgres
// chooses, so it is the one that was not there before.
func leftover(o *catalog.Object) []catalog.Statement {
	known := []string{"''"}
	for _, c := range o.Up().Children("constraint") {
		known = append(known, sqltext.Literal(c.Name()))
	}
	return catalog.SQL(strings.TrimSpace(sqltext.Format(leftoverSQL, sqltext.Ident(o.Up().Names...), strings.Join(known, ", "))))
}

// hasDefault reports whether the table has a default partition: then Postgres detaches none concurrently.
func hasDefault(o *catalog.Object) bool {
	for _, n := range o.In().Needed(o.In().TiedTo(o).ID) {
		if p := o.In().Objects[n.On]; p != nil && p.Kind == o.Kind && p.Attrs.Text("bound") == "DEFAULT" {
			return true
		}
	}
	return false
}
