// Package usermapping is the kind of user mappings: who a role is on a foreign server.
package usermapping

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "user_mapping".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "user_mapping", List: list, Rows: []string{"pg_foreign_server"}, Secrets: []string{"options"}, Free: true, Create: create,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rules: map[string]catalog.Rule{"options": catalog.Alter(options)},
		Needs: func(o *catalog.Object) []catalog.ID { return []catalog.ID{catalog.RoleID(o.Name())} },
	}
}

func address(o *catalog.Object) string {
	return sqltext.Format("USER MAPPING FOR %s SERVER %I", catalog.Grantee(o.Name()), o.Names[0])
}

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	set := o.Attrs.Map("options")
	return catalog.Fill(catalog.SQL(strings.TrimSpace("CREATE "+address(o)+" "+catalog.WriteOptions(set))), address(o), set)
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	old, now := from.Attrs.Map("options"), to.Attrs.Map("options")
	return catalog.Fill(catalog.SQL("ALTER "+address(to)+" "+catalog.AlterOptions(old, now)), address(to), now)
}
