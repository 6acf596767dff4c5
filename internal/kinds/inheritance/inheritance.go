// Package inheritance is the kind of what ties a table to one that it inherits.
package inheritance

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "inheritance".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "inheritance", List: list, Rows: []string{"pg_inherits"}, Satellite: true, Ties: true,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return catalog.With(alter(o, "INHERIT"), catalog.Hazard{
				Kind: catalog.Exposes, Text: fmt.Sprintf("whoever reads %s reads the rows of %s too", sqltext.Ident(parent(o)...), sqltext.Ident(o.Up().Names...)),
			})
		},
		Inline: func(_ *catalog.Context, o *catalog.Object, _ []string) string {
			if isTaken(o.Up()) {
				return ""
			}
			return sqltext.Format("INHERITS %I", parent(o))
		},
		Drop:  func(_ *catalog.Context, o *catalog.Object) []catalog.Statement { return alter(o, "NO INHERIT") },
		Needs: needs,
		Rules: map[string]catalog.Rule{
			"position": {Alter: stays, Replaces: moves},
		},
	}
}

func parent(o *catalog.Object) []string { return o.Info.Texts("parent") }

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s %s %I", o.On(), action, parent(o)))
}

// needs are the parent, and in the table what the parent has as well.
func needs(o *catalog.Object) []catalog.ID {
	other := catalog.ID{Kind: o.Info.Text("kind"), Path: catalog.Path(parent(o)...)}
	all := []catalog.ID{other}
	for _, part := range o.Up().Children() {
		if part.Info.Bool("inherited") && o.In().Objects[catalog.ID{Kind: part.Kind, Path: catalog.Path(append(slices.Clone(parent(o)), part.Name())...)}] != nil {
			all = append(all, part.ID)
		}
	}
	return all
}

// isTaken reports whether a table was one before it inherited: all that it has is its own, and stands in another order than
// CREATE TABLE … INHERITS would give it.
func isTaken(table *catalog.Object) bool {
	for _, part := range table.Children("column", "constraint") {
		if part.Info.Bool("inherited") && !part.Info.Bool("local") {
			return false
		}
	}
	var merged, own []string
	parents := byPosition(table.Children("inheritance"))
	for _, p := range parents {
		for _, column := range byPosition(table.In().TiedTo(p).Children("column")) {
			if !slices.Contains(merged, column.Name()) {
				merged = append(merged, column.Name())
			}
		}
	}
	for _, column := range byPosition(table.Children("column")) {
		own = append(own, column.Name())
	}
	return len(merged) > len(own) || !slices.Equal(merged, own[:len(merged)])
}

func byPosition(all []*catalog.Object) []*catalog.Object {
	return slices.SortedFunc(slices.Values(all), func(a, b *catalog.Object) int { return a.Info.Int("position") - b.Info.Int("position") })
}

// stays is nothing to say: the parents before it went.
func stays(*catalog.Context, *catalog.Object, *catalog.Object) []catalog.Statement { return nil }

// moves reports whether another parent that a table keeps comes before this one, or comes so no more.
func moves(from, to *catalog.Object) bool {
	for _, other := range from.Up().Children(from.Kind) {
		if now := to.In().Objects[other.ID]; now != nil &&
			(other.Attrs.Int("position") < from.Attrs.Int("position")) != (now.Attrs.Int("position") < to.Attrs.Int("position")) {
			return true
		}
	}
	for _, other := range to.Up().Children(to.Kind) { // what comes is put behind what is there
		if from.In().Objects[other.ID] == nil && other.Attrs.Int("position") < to.Attrs.Int("position") {
			return true
		}
	}
	return false
}
