// Package ownedby is the kind of what ties a sequence to the column that it goes with.
package ownedby

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "owned_by".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "owned_by", List: list, Rows: []string{"pg_class S"}, Satellite: true, Ties: true,
		Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("ALTER " + o.On() + " OWNED BY NONE")
		},
		Rules: map[string]catalog.Rule{
			"column": catalog.Alter(func(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement { return give(to) }),
		},
		Needs: func(o *catalog.Object) []catalog.ID {
			return []catalog.ID{{Kind: "column", Path: catalog.Path(o.Attrs.Texts("column")...)}}
		},
		MadeBy: func(c *catalog.Context, o *catalog.Object) catalog.ID {
			sequence := o.Up()
			return o.In().Kind(sequence.Kind).MadeBy(c, sequence)
		},
	}
}

func give(o *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s OWNED BY %I", o.On(), o.Attrs.Texts("column")))
}

// create also takes a new sequence of a column that is there past the values that it holds.
func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	all := give(o)
	column := o.In().TiedTo(o)
	if c.Makes(o.Parent) && !c.Makes(column.ID) {
		all = append(all, catalog.Continue(o.Up(), column, o.Up().Names)...)
	}
	return all
}
