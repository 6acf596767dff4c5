// Package identity is the kind of what makes a column an identity column. Its address is that of the sequence behind
// it.
package identity

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "identity".
func Kind() *catalog.Kind {
	rules := map[string]catalog.Rule{
		"generated":   catalog.Alter(alter),
		"name":        catalog.Alter(rename),
		"persistence": catalog.Alter(persistence),
	}
	for _, attr := range catalog.SequenceOptions {
		rules[attr] = catalog.Alter(alter)
	}
	return &catalog.Kind{
		Name: "identity", List: list, Rows: []string{"pg_class S"}, Space: space, Address: address,
		Create: create, Inline: inline, Finish: finish, Drop: drop, Rules: rules,
	}
}

// sequence is the name of the sequence.
func sequence(o *catalog.Object) []string {
	return []string{o.Info.Text("schema"), o.Info.Text("sequence")}
}

func space(o *catalog.Object) []string { return []string{"relation " + catalog.Path(sequence(o)...)} }

func address(o *catalog.Object) string { return sqltext.Format("SEQUENCE %I", sequence(o)) }

func column(o *catalog.Object, action string) []catalog.Statement {
	names := o.Names
	return catalog.SQL(sqltext.Format("ALTER TABLE %I ALTER COLUMN %I %s", names[:len(names)-1], o.Name(), action))
}

// create makes a column that is there an identity column, which goes on behind the values that it holds.
func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	return append(column(o, "ADD "+inline(nil, o, nil)), catalog.Continue(o, o.Up(), sequence(o))...)
}

func inline(_ *catalog.Context, o *catalog.Object, _ []string) string {
	var options []string
	if o.Attrs.Has("name") {
		options = append(options, sqltext.Format("SEQUENCE NAME %I", sequence(o)))
	}
	options = append(options, catalog.WriteSequence(o)...)
	text := "GENERATED " + o.Attrs.Text("generated") + " AS IDENTITY"
	if len(options) > 0 {
		text += " (" + strings.Join(options, " ") + ")"
	}
	return text
}

func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	if !o.Attrs.Has("persistence") {
		return nil
	}
	return persistence(c, nil, o)
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return column(o, "DROP IDENTITY")
}

func alter(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	var actions []string
	if g := to.Attrs.Text("generated"); from.Attrs.Text("generated") != g {
		actions = append(actions, "SET GENERATED "+g)
	}
	for _, option := range catalog.AlterSequence(from, to) {
		if !strings.HasPrefix(option, "RESTART") {
			option = "SET " + option
		}
		actions = append(actions, option)
	}
	return column(to, strings.Join(actions, " "))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER SEQUENCE %I RENAME TO %I", sequence(from), to.Info.Text("sequence")))
}

// persistence gives the sequence what is not its table's own, or is again.
func persistence(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	unlogged := to.Up().Up().Attrs.Bool("unlogged") != to.Attrs.Has("persistence")
	if unlogged {
		return catalog.SQL("ALTER " + address(to) + " SET UNLOGGED")
	}
	return catalog.SQL("ALTER " + address(to) + " SET LOGGED")
}
