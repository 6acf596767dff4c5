// Package aggregate is the kind of aggregates, ordered-set and hypothetical-set ones among them.
package aggregate

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/routine"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "aggregate".
func Kind() *catalog.Kind {
	kind := &catalog.Kind{
		Name: "aggregate", List: list, Rows: []string{"pg_proc a"}, Free: true, Space: routine.Space, Called: routine.Called, Address: routine.Address,
		Grants: func(o *catalog.Object) string {
			return sqltext.Format("FUNCTION %I(%s)", routine.Name(o), o.Info.Text("types"))
		},
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return define(o, "CREATE ")
		},
		Drop: routine.Drop, Rename: routine.Rename,
		Rules: map[string]catalog.Rule{
			"returns":   catalog.Replace(),
			"sort":      catalog.Replace(),
			"direct":    catalog.Replace(),
			"arguments": {Alter: redefine, Replaces: routine.Replaces},
		},
	}
	for _, p := range parameters {
		kind.Rules[p.name] = catalog.Alter(redefine)
	}
	return kind
}

func redefine(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return define(to, "CREATE OR REPLACE ")
}

// parameters are those of CREATE AGGREGATE, each with the form of its value.
var parameters = []struct{ name, format string }{
	{"sfunc", "%s"},
	{"stype", "%s"},
	{"sspace", "%s"},
	{"finalfunc", "%s"},
	{"finalfunc_extra", ""},
	{"finalfunc_modify", "%s"},
	{"combinefunc", "%s"},
	{"serialfunc", "%s"},
	{"deserialfunc", "%s"},
	{"initcond", "%L"},
	{"msfunc", "%s"},
	{"minvfunc", "%s"},
	{"mstype", "%s"},
	{"msspace", "%s"},
	{"mfinalfunc", "%s"},
	{"mfinalfunc_extra", ""},
	{"mfinalfunc_modify", "%s"},
	{"minitcond", "%L"},
	{"sortop", "%s"},
	{"parallel", "%s"},
}

func define(o *catalog.Object, create string) []catalog.Statement {
	var list []string
	for _, p := range parameters {
		if !o.Attrs.Has(p.name) {
			continue
		}
		text := strings.ToUpper(p.name)
		if p.format != "" {
			text += sqltext.Format(" = "+p.format, o.Attrs.Text(p.name))
		}
		list = append(list, text)
	}
	if o.Attrs.Text("sort") == "h" {
		list = append(list, "HYPOTHETICAL")
	}
	return catalog.SQL(create + sqltext.Format("AGGREGATE %I(%s) (\n    %s\n)", routine.Name(o), o.Attrs.Text("arguments"), strings.Join(list, ",\n    ")))
}
