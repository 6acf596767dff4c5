// Package membership is the kind of memberships of roles in roles.
package membership

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

// Kind returns the kind "membership". Its name is "role TO member".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "membership", List: list, Create: create, Drop: drop,
		Rules: map[string]catalog.Rule{
			// What a member granted to others goes by its own admin option.
			"admin": {Alter: alter, Rebuilds: func(_, to, dependent *catalog.Object) bool {
				return dependent.Kind == to.Kind && !to.Attrs.Bool("admin")
			}},
			"inherit": catalog.Alter(alter),
			"set":     catalog.Alter(alter),
		},
		Needs: needs,
	}
}

// needs are both roles, and the memberships by which the grantors grant.
func needs(o *catalog.Object) []catalog.ID {
	role, member := o.Info.Text("role"), o.Info.Text("member")
	all := []catalog.ID{catalog.RoleID(role), catalog.RoleID(member)}
	for _, g := range o.Info.Texts("grantors") {
		if g != member {
			all = append(all, catalog.ID{Kind: o.Kind, Path: catalog.Path(sqltext.Ident(role) + " TO " + sqltext.Ident(g))})
		}
	}
	return all
}

// options is the version that says of a membership whether it inherits and may be set.
const options = 160000

// with says all options: those of a membership that is new to its grantor would else be what is usual.
func with(c *catalog.Context, o *catalog.Object, always bool) string {
	if c.Server < options {
		if o.Attrs.Bool("admin") {
			return " WITH ADMIN OPTION"
		}
		return ""
	}
	var parts []string
	if o.Attrs.Bool("admin") || always {
		parts = append(parts, fmt.Sprintf("ADMIN %t", o.Attrs.Bool("admin")))
	}
	if always || o.Attrs.Has("inherit") != usuallyNot(o) {
		parts = append(parts, fmt.Sprintf("INHERIT %t", !o.Attrs.Has("inherit")))
	}
	if o.Attrs.Has("set") || always {
		parts = append(parts, fmt.Sprintf("SET %t", !o.Attrs.Has("set")))
	}
	if parts == nil {
		return ""
	}
	return " WITH " + strings.ToUpper(strings.Join(parts, ", "))
}

// usuallyNot reports whether the member does not inherit where nothing is said.
func usuallyNot(o *catalog.Object) bool {
	member := o.In().Get("role", o.Info.Text("member"))
	return member != nil && member.Attrs.Has("inherit")
}

func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	if !born(c, o) {
		return exposes(catalog.SQL(grant(o)+with(c, o, false)), o)
	}
	if !slices.Contains(o.Info.Texts("grantors"), c.Role) {
		return nil
	}
	return exposes(catalog.SQL(grant(o)+strings.ToUpper(fmt.Sprintf(" WITH INHERIT %t, SET %t", !o.Attrs.Has("inherit"), !o.Attrs.Has("set")))), o)
}

// born reports whether who runs the plan has the membership from making the role: since 16 one who is no superuser may
// administer what it has made, by a grant of the bootstrap superuser's, which it cannot give itself again.
func born(c *catalog.Context, o *catalog.Object) bool {
	maker := c.From.Get("role", c.Role)
	return c.Server >= options && maker != nil && !maker.Attrs.Bool("superuser") && o.Info.Text("member") == c.Role &&
		c.Makes(catalog.RoleID(o.Info.Text("role")))
}

func grant(o *catalog.Object) string {
	return sqltext.Format("GRANT %I TO %I", o.Info.Text("role"), o.Info.Text("member"))
}

func exposes(s []catalog.Statement, o *catalog.Object) []catalog.Statement {
	return catalog.With(s, catalog.Hazard{
		Kind: catalog.Exposes, Text: sqltext.Format("%I gains what %I may do", o.Info.Text("member"), o.Info.Text("role")),
	})
}

func alter(c *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	if c.Server >= options {
		var all []catalog.Statement
		for _, by := range grantors(c, from) {
			all = append(all, catalog.Statement{SQL: grant(to) + with(c, to, true) + by})
		}
		return exposes(all, to)
	}
	switch was, is := from.Attrs.Bool("admin"), to.Attrs.Bool("admin"); {
	case is && !was:
		return exposes(catalog.SQL(grant(to)+" WITH ADMIN OPTION"), to)
	case was && !is:
		return catalog.SQL(sqltext.Format("REVOKE ADMIN OPTION FOR %I FROM %I", to.Info.Text("role"), to.Info.Text("member")))
	}
	return nil // whether it inherits is said of the member
}

func drop(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	var all []catalog.Statement
	for _, by := range grantors(c, o) {
		all = append(all, catalog.Statement{SQL: sqltext.Format("REVOKE %I FROM %I", o.Info.Text("role"), o.Info.Text("member")) + by})
	}
	return all
}

// grantors is, for each that granted a membership, how a statement names it: not at all where it is who runs the plan.
func grantors(c *catalog.Context, o *catalog.Object) []string {
	names := o.Info.Texts("grantors")
	if c.Server < options || len(names) == 0 || slices.Equal(names, []string{c.Role}) {
		return []string{""}
	}
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = sqltext.Format(" GRANTED BY %I", name)
	}
	return all
}
