// Package defaultprivilege is the kind of what ALTER DEFAULT PRIVILEGES sets: what roles get on objects yet to be made.
package defaultprivilege

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "default_privilege".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "default_privilege", List: list,
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
			return []catalog.ID{
				catalog.RoleID(o.Info.Text("role")), catalog.RoleID(o.Info.Text("grantee")), catalog.SchemaID(o.Info.Text("schema")),
			}
		},
	}
}

// sorts are what the letters of defaclobjtype stand for (Postgres docs, pg_default_acl).
var sorts = map[string]string{"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}

func regrant(o *catalog.Object, from, to catalog.Privileges) []catalog.Statement {
	before := sqltext.Format("ALTER DEFAULT PRIVILEGES FOR ROLE %I ", o.Info.Text("role"))
	if in := o.Info.Text("schema"); in != "" {
		before += sqltext.Format("IN SCHEMA %I ", in)
	}
	on := "ON " + sorts[o.Info.Text("on")]
	list := func(some []string) string { return strings.Join(some, ", ") }
	return catalog.Regrant(before, on, catalog.Grantee(o.Info.Text("grantee")), from, to, o.Info.Texts("every"), list)
}
