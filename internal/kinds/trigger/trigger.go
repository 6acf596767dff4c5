// Package trigger is the kind of triggers. Of those that a partition has from its table only one that is enabled
// otherwise is an object.
package trigger

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "trigger".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "trigger", Copies: true, List: list, Rows: []string{"pg_trigger"}, Address: address,
		Create: create, Drop: drop, Rename: rename,
		Rules: map[string]catalog.Rule{
			"definition": {Alter: redefine, Replaces: isConstraint},
			"clone":      catalog.Replace(),
			"enabled":    catalog.Alter(enable),
			"depends":    catalog.Alter(depends),
		},
	}
}

func relation(o *catalog.Object) []string { return o.Names[:len(o.Names)-1] }

func address(o *catalog.Object) string {
	return sqltext.Format("TRIGGER %I ON %I", o.Name(), relation(o))
}

func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	if o.Attrs.Bool("clone") {
		return state(c, o)
	}
	all := catalog.SQL(o.Attrs.Text("definition"))
	if o.Attrs.Has("enabled") {
		all = append(all, state(c, o)...)
	}
	return append(all, catalog.AlterDepends("ALTER "+address(o), nil, o)...)
}

func depends(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	if slices.Contains(from.Differing(to), "definition") {
		return nil // said with it
	}
	return catalog.AlterDepends("ALTER "+address(to), from, to)
}

// drop drops the trigger; one that came from the partitioned table is enabled as that one's is.
func drop(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	if !o.Attrs.Bool("clone") {
		return catalog.SQL("DROP " + address(o))
	}
	as := ""
	if top := c.To.Get("trigger", o.Info.Texts("of")...); top != nil {
		as = top.Attrs.Text("enabled")
	}
	all := catalog.SQL(set(o, as))
	for _, n := range c.From.Needed(o.ID) { // of partitions of the partition
		if d := c.From.Objects[n.On]; d != nil && d.Kind == o.Kind && c.To.Objects[d.ID] == nil && c.To.Objects[d.Parent] != nil {
			all = append(all, drop(c, d)...)
		}
	}
	return all
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
}

// isConstraint reports whether either is a constraint trigger, which CREATE OR REPLACE does not take.
func isConstraint(from, to *catalog.Object) bool {
	return slices.ContainsFunc([]*catalog.Object{from, to}, func(o *catalog.Object) bool {
		return strings.HasPrefix(o.Attrs.Text("definition"), "CREATE CONSTRAINT ")
	})
}

// redefine leaves the trigger enabled, those of partitions too, and without extensions that it goes with.
func redefine(c *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	all := catalog.SQL("CREATE OR REPLACE " + strings.TrimPrefix(to.Attrs.Text("definition"), "CREATE "))
	if to.Attrs.Has("enabled") {
		all = append(all, state(c, to)...)
	} else {
		all = append(all, clones(c, to)...)
	}
	return append(all, catalog.AlterDepends("ALTER "+address(to), nil, to)...)
}

func enable(c *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	if slices.Contains(from.Differing(to), "definition") {
		return nil // said with it
	}
	return state(c, to)
}

// states are what pg_trigger.tgenabled says.
var states = map[string]string{"": "ENABLE", "O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}

// set says when a trigger fires. That of a partition is said of no further ones.
func set(o *catalog.Object, as string) string {
	only := ""
	if o.Attrs.Bool("clone") {
		only = "ONLY "
	}
	return sqltext.Format("ALTER TABLE %s%I %s TRIGGER %I", only, relation(o), states[as], o.Name())
}

// state says when the trigger fires, and when those do that it says otherwise of by that.
func state(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	return append(catalog.SQL(set(o, o.Attrs.Text("enabled"))), clones(c, o)...)
}

// clones says when those triggers fire that come from this one and are enabled otherwise.
func clones(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	var all []catalog.Statement
	for _, clone := range c.To.OfKind("trigger") {
		if clone.Attrs.Bool("clone") && slices.Equal(clone.Info.Texts("of"), o.Names) && c.From.Objects[clone.ID] != nil {
			all = append(all, catalog.Statement{SQL: set(clone, clone.Attrs.Text("enabled"))})
		}
	}
	return all
}
