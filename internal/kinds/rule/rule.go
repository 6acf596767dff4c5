// Package rule is the kind of rewrite rules, but for those that views are made of.
package rule

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "rule".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "rule", List: list, Address: address,
		Create: create, Finish: finish, Drop: drop, Rename: rename,
		Rules: map[string]catalog.Rule{
			"definition": catalog.Alter(redefine),
			"enabled":    catalog.Alter(enable),
		},
	}
}

func relation(o *catalog.Object) []string { return o.Names[:len(o.Names)-1] }

func address(o *catalog.Object) string { return sqltext.Format("RULE %I ON %I", o.Name(), relation(o)) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	return catalog.SQL(o.Attrs.Text("definition"))
}

func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	if !o.Attrs.Has("enabled") {
		return nil
	}
	return enable(c, nil, o)
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL("DROP " + address(o))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
}

// redefine leaves the rule enabled or not, as it is.
func redefine(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return catalog.SQL("CREATE OR REPLACE " + strings.TrimPrefix(to.Attrs.Text("definition"), "CREATE "))
}

// states are what pg_rewrite.ev_enabled says, without the usual.
var states = map[string]string{"": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}

func enable(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TABLE %I %s RULE %I", relation(to), states[to.Attrs.Text("enabled")], to.Name()))
}
