// Package grant is the kind of what roles may do with objects.
package grant

import (
	_ "embed"
	"maps"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "grant".
func Kind() *catalog.Kind {
	kind := &catalog.Kind{
		Name: "grant", List: list, Satellite: true, OfMembers: true,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return regrant(o, catalog.Usual(o), catalog.PrivilegesOf(o))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return regrant(o, catalog.PrivilegesOf(o), catalog.Usual(o))
		},
		Rules: map[string]catalog.Rule{
			"privileges": catalog.Alter(func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
				return regrant(to, catalog.PrivilegesOf(from), catalog.PrivilegesOf(to))
			}),
		},
		Needs: func(o *catalog.Object) []catalog.ID {
			owner := catalog.ID{Kind: "owner", Path: o.Parent.String()} // what an owner has moves with the ownership
			return []catalog.ID{catalog.RoleID(o.Name()), owner}
		},
	}
	kind.Born = func(c *catalog.Context, parent *catalog.Object) []*catalog.Object { return born(kind, c, parent) }
	return kind
}

func regrant(o *catalog.Object, from, to catalog.Privileges) []catalog.Statement {
	up := o.Up()
	list := func(some []string) string { return strings.Join(some, ", ") }
	on := "ON " + o.In().Kind(up.Kind).GrantAddress(up)
	if up.Kind == "column" || up.Kind == "view_column" || up.Info.Bool("column") {
		of := up.Up()
		on = "ON " + o.In().Kind(of.Kind).GrantAddress(of)
		list = func(some []string) string {
			columns := make([]string, len(some))
			for i, p := range some {
				columns[i] = sqltext.Format("%s (%I)", p, up.Name())
			}
			return strings.Join(columns, ", ")
		}
	}
	return catalog.Regrant("", on, catalog.Grantee(o.Name()), from, to, o.Info.Texts("every"), list)
}

// sorts are the letters of pg_default_acl.defaclobjtype for the kinds that default privileges are for.
var sorts = map[string]string{
	"table": "r", "view": "r", "materialized_view": "r", "foreign_table": "r", "sequence": "S", "identity": "S",
	"function": "f", "procedure": "f", "aggregate": "f", "window_function": "f",
	"enum": "T", "domain": "T", "composite": "T", "range": "T", "type": "T", "schema": "n",
}

// public is what PUBLIC has by itself, by the same letters (Postgres docs, table 5.2).
var public = map[string]catalog.Privileges{"f": {"EXECUTE": false}, "T": {"USAGE": false}}

// born is what default privileges give to whom when c.Role makes an object: what is set for all schemas instead of the
// usual, and on top of it what is set for the object's schema.
func born(kind *catalog.Kind, c *catalog.Context, parent *catalog.Object) []*catalog.Object {
	sort, ok := sorts[parent.Kind]
	if !ok {
		return nil
	}
	held, every := map[string]catalog.Privileges{}, map[string][]string{}
	for _, o := range c.From.OfKind("default_privilege") {
		in := o.Info.Text("schema")
		if o.Info.Text("role") != c.Role || o.Info.Text("on") != sort || in != "" && (sort == "n" || in != parent.Names[0]) {
			continue
		}
		to := o.Info.Text("grantee")
		every[to] = o.Info.Texts("every")
		if held[to] == nil {
			held[to] = catalog.Privileges{}
			if to == catalog.Public && in != "" {
				maps.Copy(held[to], public[sort])
			}
		}
		for p, option := range catalog.PrivilegesOf(o) {
			held[to][p] = held[to][p] || option
		}
	}
	var all []*catalog.Object
	for to, privileges := range held {
		usual := catalog.Privileges{}
		if to == catalog.Public {
			usual = public[sort]
		}
		if to == c.Role || maps.Equal(privileges, usual) {
			continue
		}
		o := catalog.NewSatellite(kind, parent, to, catalog.AttrsOf(map[string]any{"privileges": privileges}))
		o.Info = catalog.AttrsOf(map[string]any{"usual": usual, "every": every[to]})
		all = append(all, o)
	}
	return all
}
