// Package policy is the kind of row-level security policies.
package policy

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "policy".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "policy", List: list, Rows: []string{"pg_policy"}, OfMembers: true, Address: address,
		Create: create, Drop: drop, Rename: rename, Needs: needs,
		Rules: map[string]catalog.Rule{
			"command":     catalog.Replace(),
			"restrictive": catalog.Replace(),
			"roles":       catalog.Alter(change),
			"using":       {Alter: change, Replaces: loses("using")},
			"check":       {Alter: change, Replaces: loses("check")},
		},
	}
}

func table(o *catalog.Object) []string { return o.Names[:len(o.Names)-1] }

func address(o *catalog.Object) string { return sqltext.Format("POLICY %I ON %I", o.Name(), table(o)) }

func needs(o *catalog.Object) []catalog.ID {
	var all []catalog.ID
	for _, role := range o.Attrs.Texts("roles") {
		all = append(all, catalog.RoleID(role))
	}
	return all
}

// roles are those that the policy is for, as TO takes them.
func roles(o *catalog.Object) string {
	names := o.Attrs.Texts("roles")
	if len(names) == 0 {
		return catalog.Public
	}
	for i, name := range names {
		names[i] = sqltext.Ident(name)
	}
	return strings.Join(names, ", ")
}

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	var b strings.Builder
	b.WriteString("CREATE " + address(o))
	if o.Attrs.Bool("restrictive") {
		b.WriteString("\n    AS RESTRICTIVE")
	}
	if command := o.Attrs.Text("command"); command != "" {
		b.WriteString("\n    FOR " + command)
	}
	if o.Attrs.Has("roles") {
		b.WriteString("\n    TO " + roles(o))
	}
	b.WriteString(conditions(o, "using", "check"))
	all := catalog.SQL(b.String())
	if !o.Attrs.Bool("restrictive") {
		catalog.With(all, catalog.Hazard{Kind: catalog.Exposes, Text: fmt.Sprintf("%s may do more with rows of %s", roles(o), sqltext.Ident(table(o)...))})
	}
	return all
}

// conditions are the policy's expressions of those names.
func conditions(o *catalog.Object, names ...string) string {
	words := map[string]string{"using": "USING", "check": "WITH CHECK"}
	text := ""
	for _, name := range names {
		if o.Attrs.Has(name) {
			text += "\n    " + words[name] + " (" + o.Attrs.Text(name) + ")"
		}
	}
	return text
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	all := catalog.SQL("DROP " + address(o))
	if o.Attrs.Bool("restrictive") {
		catalog.With(all, catalog.Hazard{Kind: catalog.Exposes, Text: fmt.Sprintf("%s may do more with rows of %s", roles(o), sqltext.Ident(table(o)...))})
	}
	return all
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
}

// loses reports whether an expression is gone: ALTER POLICY takes another one, and none away.
func loses(attr string) func(from, to *catalog.Object) bool {
	return func(_, to *catalog.Object) bool { return !to.Attrs.Has(attr) }
}

// change says all that differs in one statement, whichever attribute is asked for.
func change(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	text := ""
	var differing []string
	for _, attr := range from.Differing(to) {
		if attr == "roles" {
			text = "\n    TO " + roles(to)
		} else {
			differing = append([]string{attr}, differing...) // USING before WITH CHECK
		}
	}
	return catalog.With(catalog.SQL("ALTER "+address(to)+text+conditions(to, differing...)), catalog.Hazard{
		Kind: catalog.Exposes, Text: fmt.Sprintf("which rows of %s are for whom changes", sqltext.Ident(table(to)...)),
	})
}
