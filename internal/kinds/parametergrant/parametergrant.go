// Package parametergrant is the kind of what roles may do with the server's parameters.
package parametergrant

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
)

//go:embed list.sql
var list string

// Kind returns the kind "parameter_grant". Its name is "parameter to role".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "parameter_grant", List: list,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return regrant(o, nil, catalog.PrivilegesOf(o))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return regrant(o, catalog.PrivilegesOf(o), nil)
		},
		Rules: map[string]catalog.Rule{
			"privileges": catalog.Alter(func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
				return regrant(to, catalog.PrivilegesOf(from), catalog.PrivilegesOf(to))
			}),
		},
		Needs: func(o *catalog.Object) []catalog.ID { return []catalog.ID{catalog.RoleID(o.Info.Text("grantee"))} },
	}
}

func regrant(o *catalog.Object, from, to catalog.Privileges) []catalog.Statement {
	on := "ON PARAMETER " + catalog.SettingName(o.Info.Text("parameter"))
	list := func(some []string) string { return strings.Join(some, ", ") }
	return catalog.Regrant("", on, catalog.Grantee(o.Info.Text("grantee")), from, to, []string{"SET", "ALTER SYSTEM"}, list)
}
