// Package setting is the kind of what ALTER ROLE and ALTER DATABASE set for sessions yet to come.
package setting

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "setting". Its name is "ROLE role: parameter", "ROLE role IN DATABASE: parameter",
// "DATABASE: parameter", "ROLE ALL: parameter".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "setting", List: list, Secrets: []string{"value"},
		Create: func(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement { return set(c, o) },
		Drop: func(c *catalog.Context, o *catalog.Object) []catalog.Statement {
			role := catalog.RoleID(o.Info.Text("role"))
			if c.From.Objects[role] != nil && c.To.Objects[role] == nil {
				return nil // it goes with the role
			}
			return catalog.SQL("ALTER " + whose(c, o) + " RESET " + catalog.SettingName(o.Info.Text("parameter")))
		},
		Rules: map[string]catalog.Rule{
			"value": catalog.Alter(func(c *catalog.Context, _, to *catalog.Object) []catalog.Statement { return set(c, to) }),
		},
		Needs: func(o *catalog.Object) []catalog.ID { return []catalog.ID{catalog.RoleID(o.Info.Text("role"))} },
	}
}

func set(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	who, parameter := whose(c, o), o.Info.Text("parameter")
	value := o.Attrs.Map("value")[parameter]
	return catalog.FillSetting(catalog.SQL("ALTER "+who+" SET "+catalog.WriteSetting(parameter, value)), who, parameter, value)
}

// whose is who has the setting, as ALTER names it.
func whose(c *catalog.Context, o *catalog.Object) string {
	role, here := o.Info.Text("role"), o.Info.Bool("here")
	switch {
	case role != "" && here:
		return sqltext.Format("ROLE %I IN DATABASE %I", role, c.Database)
	case role != "":
		return sqltext.Format("ROLE %I", role)
	case here:
		return sqltext.Format("DATABASE %I", c.Database)
	}
	return "ROLE ALL"
}
