// Package grant is the kind of what roles may do with objects.
package grant

import (
	_ "embed"
	"iter"
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
	kind.Passed = func(c *catalog.Context, from, to *catalog.Object) []*catalog.Object {
		return passed(kind, c.To, from, to)
	}
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

// born is what default privileges give to whom when c.Role, or an extension, makes an object: what is set for all schemas instead of the
// usual, and on top of it what is set for the object's schema.
func born(kind *catalog.Kind, c *catalog.Context, parent *catalog.Object) []*catalog.Object {
	sort, maker := sorts[parent.Kind], c.Role
	if parent.Info.Has("sort") { // what an extension brings is made by whoever owns it
		sort, maker = parent.Info.Text("sort"), parent.Info.Text("owner")
	}
	if sort == "" {
		return nil
	}
	held, every := map[string]catalog.Privileges{}, map[string][]string{}
	for _, o := range c.From.OfKind("default_privilege") {
		in := o.Info.Text("schema")
		if o.Info.Text("role") != maker || o.Info.Text("on") != sort || in != "" && (sort == "n" || in != parent.Names[0]) {
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
	owner := ""
	for _, o := range parent.Children("owner") {
		owner = o.Attrs.Text("role")
	}
	var all []*catalog.Object
	for to, privileges := range held {
		usual := catalog.Privileges{}
		if to == catalog.Public {
			usual = public[sort]
		}
		if to == owner { // on top of what comes with owning
			usual = catalog.Privileges{}
			for _, p := range every[to] {
				usual[p] = false
			}
			granted := privileges
			privileges = maps.Clone(usual)
			maps.Copy(privileges, granted)
		}
		if to == maker || maps.Equal(privileges, usual) {
			continue
		}
		o := catalog.NewSatellite(kind, parent, to, catalog.AttrsOf(map[string]any{"privileges": privileges}))
		o.Info = catalog.AttrsOf(map[string]any{"usual": usual, "every": every[to]})
		all = append(all, o)
	}
	return all
}

// passed is what the old and the new owner have once an object has changed hands: what the old one had is the new one's,
// together with what that one had; so it is for the object's columns. What is revoked on a table is revoked on its columns.
func passed(kind *catalog.Kind, to *catalog.Catalog, from, now *catalog.Object) []*catalog.Object {
	up := to.Objects[from.Parent]
	var all []*catalog.Object
	switch {
	case from.Kind == "owner" && now != nil:
		old, now := from.Attrs.Text("role"), now.Attrs.Text("role")
		all = moved(kind, from.Up(), up, old, now, true)
		for was, part := range parts(from.Up(), up) {
			all = append(all, moved(kind, was, part, old, now, false)...)
		}
	case from.Kind == "grant":
		left := catalog.Usual(from)
		if now != nil {
			left = catalog.PrivilegesOf(now)
		}
		for was, part := range parts(from.Up(), up) {
			all = append(all, revoked(kind, was, part, from, left)...)
		}
	}
	return all
}

// parts are the parts of an object, before and after, that have its owner.
func parts(from, to *catalog.Object) iter.Seq2[*catalog.Object, *catalog.Object] {
	return func(yield func(was, is *catalog.Object) bool) {
		for _, is := range to.Children() {
			was := from.In().Objects[is.ID]
			if was != nil && !to.In().Kind(is.Kind).Satellite && len(is.Children("owner")) == 0 && !yield(was, is) {
				return
			}
		}
	}
}

// revoked is what a grantee has on a part once it has only left of what a grant on the whole gave.
func revoked(kind *catalog.Kind, was, is, grant *catalog.Object, left catalog.Privileges) []*catalog.Object {
	for _, g := range was.Children("grant") {
		if g.Name() != grant.Name() {
			continue
		}
		held := catalog.PrivilegesOf(g)
		for p, option := range catalog.PrivilegesOf(grant) {
			keeps, ok := left[p]
			switch {
			case !ok:
				delete(held, p)
			case option && !keeps && held[p]:
				held[p] = false
			}
		}
		if !maps.Equal(held, catalog.PrivilegesOf(g)) {
			o := catalog.NewSatellite(kind, is, g.Name(), catalog.AttrsOf(map[string]any{"privileges": held}))
			o.Info = g.Info
			return []*catalog.Object{o}
		}
	}
	return nil
}

// moved is passed of a single object; whole is one that has an owner of its own, who by itself may do everything.
func moved(kind *catalog.Kind, from, to *catalog.Object, old, now string, whole bool) []*catalog.Object {
	had := map[string]catalog.Privileges{}
	var every []string
	for _, g := range from.Children("grant") {
		had[g.Name()], every = catalog.PrivilegesOf(g), g.Info.Texts("every")
	}
	for _, g := range to.Children("grant") {
		every = g.Info.Texts("every")
	}
	if every == nil {
		return nil // everything is as usual, before and after
	}
	usual := catalog.Privileges{}
	if whole {
		for _, p := range every {
			usual[p] = false
		}
	}
	first, ok := had[old]
	if !ok {
		first = usual
	}
	both := catalog.Privileges{}
	for _, some := range []catalog.Privileges{first, had[now]} {
		for p, option := range some {
			both[p] = both[p] || option
		}
	}
	is := func(role string, privileges, usual catalog.Privileges) *catalog.Object {
		o := catalog.NewSatellite(kind, to, role, catalog.AttrsOf(map[string]any{"privileges": privileges}))
		o.Info = catalog.AttrsOf(map[string]any{"usual": usual, "every": every})
		return o
	}
	return []*catalog.Object{is(old, catalog.Privileges{}, catalog.Privileges{}), is(now, both, usual)}
}
