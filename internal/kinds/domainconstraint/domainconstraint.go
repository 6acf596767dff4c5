// Package domainconstraint is the kind of what domains check.
package domainconstraint

import (
	_ "embed"
	"fmt"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "domain_constraint".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "domain_constraint", List: list, Rows: []string{"pg_type d"}, Address: address,
		Create: create, Inline: inline, Drop: drop, Rename: rename,
		Rules: map[string]catalog.Rule{
			"definition": catalog.Replace(),
			"not_valid":  {Alter: validate, Replaces: func(_, to *catalog.Object) bool { return to.Attrs.Bool("not_valid") }},
		},
	}
}

func address(o *catalog.Object) string {
	return sqltext.Format("CONSTRAINT %I ON DOMAIN %I", o.Name(), o.Up().Names)
}

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER DOMAIN %I %s", o.Up().Names, action))
}

func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	if o.Attrs.Bool("not_valid") {
		return alter(o, "ADD "+text(o)+" NOT VALID")
	}
	if c.Online {
		return append(alter(o, "ADD "+text(o)+" NOT VALID"), validate(c, nil, o)...)
	}
	return catalog.With(alter(o, "ADD "+text(o)), hazards(o)...)
}

// inline is the constraint in CREATE DOMAIN, which has no NOT VALID.
func inline(_ *catalog.Context, o *catalog.Object, _ []string) string {
	if o.Attrs.Bool("not_valid") {
		return ""
	}
	return text(o)
}

func text(o *catalog.Object) string {
	return sqltext.Format("CONSTRAINT %I %s", o.Name(), o.Attrs.Text("definition"))
}

func hazards(o *catalog.Object) []catalog.Hazard {
	domain := sqltext.Ident(o.Up().Names...)
	return []catalog.Hazard{
		{Kind: catalog.Scan, Text: fmt.Sprintf("every row of the tables that use %s is checked", domain)},
		{Kind: catalog.Breaks, Text: fmt.Sprintf("fails on a value of the type %s that does not fit %s", domain, sqltext.Ident(o.Name()))},
	}
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return alter(o, sqltext.Format("DROP CONSTRAINT %I", o.Name()))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return alter(from, sqltext.Format("RENAME CONSTRAINT %I TO %I", from.Name(), to.Name()))
}

func validate(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return catalog.With(alter(to, sqltext.Format("VALIDATE CONSTRAINT %I", to.Name())), hazards(to)...)
}
