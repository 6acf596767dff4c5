// Package sequence is the kind of sequences, but for those of identity columns. Which column owns one is a kind of its
// own.
package sequence

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "sequence".
func Kind() *catalog.Kind {
	rules := map[string]catalog.Rule{"type": catalog.Alter(alter), "unlogged": catalog.Alter(persistence)}
	for _, attr := range catalog.SequenceOptions {
		rules[attr] = catalog.Alter(alter)
	}
	return &catalog.Kind{
		Name: "sequence", List: list, Rows: []string{"pg_class S"}, Free: true, Space: space, Address: address,
		Create: create, Drop: drop, Rename: rename, MadeBy: serial, Rules: rules,
	}
}

func space(o *catalog.Object) []string { return []string{"relation " + catalog.Path(o.Names...)} }

func address(o *catalog.Object) string { return sqltext.Format("SEQUENCE %I", o.Names) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	words := []string{"CREATE"}
	if o.Attrs.Bool("unlogged") {
		words = append(words, "UNLOGGED")
	}
	words = append(words, address(o))
	if t := o.Attrs.Text("type"); t != "" {
		words = append(words, "AS "+t)
	}
	return catalog.SQL(strings.Join(append(words, catalog.WriteSequence(o)...), " "))
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.With(catalog.SQL("DROP "+address(o)),
		catalog.Hazard{Kind: catalog.Loss, Text: fmt.Sprintf("where %s stands is lost", sqltext.Ident(o.Names...))})
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER SEQUENCE %I RENAME TO %I", from.Names, to.Name()))
}

// alter is one statement for all options: each is checked against the others.
func alter(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	words := []string{"ALTER " + address(to)}
	if from.Attrs.Text("type") != to.Attrs.Text("type") {
		words = append(words, "AS "+to.Info.Text("type"))
	}
	return catalog.With(catalog.SQL(strings.Join(append(words, catalog.AlterSequence(from, to)...), " ")),
		catalog.Hazard{Kind: catalog.Breaks, Text: fmt.Sprintf("fails where %s stands beyond its new bounds", sqltext.Ident(to.Names...))})
}

func persistence(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("unlogged") {
		return catalog.SQL("ALTER " + address(to) + " SET UNLOGGED")
	}
	return catalog.SQL("ALTER " + address(to) + " SET LOGGED")
}

// serial returns the column that makes the sequence, where all is as a column of type serial has it.
func serial(c *catalog.Context, o *catalog.Object) catalog.ID {
	if !c.Makes(o.ID) || !c.IsFree(o) {
		return catalog.ID{}
	}
	for _, owned := range o.Children("owned_by") {
		column := o.In().TiedTo(owned)
		if column == nil || !c.Makes(owned.ID) || !c.Makes(column.ID) || column.Info.Bool("inherited") {
			break
		}
		table := column.Up()
		t := column.Attrs.Text("type")
		usual := table.Name() + "_" + column.Name() + "_seq"
		if table.Kind != "table" || table.Attrs.Has("of") || o.Name() != usual || o.Info.Text("type") != t || !column.Attrs.Bool("not_null") || hasOwnName(column) ||
			o.Attrs.Bool("unlogged") != table.Attrs.Bool("unlogged") || slices.ContainsFunc(catalog.SequenceOptions, o.Attrs.Has) {
			break
		}
		for _, d := range column.Children("default") {
			next := sqltext.Format("nextval(%L::regclass)", sqltext.Ident(o.Names...))
			if d.Attrs.Text("expression") == next && c.Makes(d.ID) {
				return column.ID
			}
		}
	}
	return catalog.ID{}
}

// hasOwnName reports whether the column's NOT NULL is not the one that a serial column has.
func hasOwnName(column *catalog.Object) bool {
	return slices.ContainsFunc([]string{"not_null_name", "not_null_no_inherit", "not_null_not_valid"}, column.Attrs.Has)
}
