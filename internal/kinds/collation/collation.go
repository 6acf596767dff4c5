// Package collation is the kind of collations.
package collation

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// providers are the letters of pg_collation.collprovider.
var providers = map[string]string{"c": "libc", "i": "icu", "b": "builtin"}

// Kind returns the kind "collation".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "collation", List: list, Rows: []string{"pg_collation"}, Free: true, Address: address, Create: create, Aside: aside,
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.SQL("DROP " + address(o))
		},
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return renames(from, to.Name())
		},
		Rules: map[string]catalog.Rule{
			"provider":          catalog.Replace(),
			"locale":            catalog.Replace(),
			"collate":           catalog.Replace(),
			"ctype":             catalog.Replace(),
			"not_deterministic": catalog.Replace(),
			"rules":             catalog.Replace(),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("COLLATION %I", o.Names) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	options := []string{"PROVIDER = " + providers[o.Attrs.Text("provider")]}
	for _, is := range [][2]string{{"locale", "LOCALE"}, {"collate", "LC_COLLATE"}, {"ctype", "LC_CTYPE"}, {"rules", "RULES"}} {
		if v := o.Attrs.Text(is[0]); v != "" {
			options = append(options, is[1]+" = "+sqltext.Literal(v))
		}
	}
	if o.Attrs.Bool("not_deterministic") {
		options = append(options, "DETERMINISTIC = false")
	}
	return catalog.SQL(sqltext.Format("CREATE COLLATION %I (%s)", o.Names, strings.Join(options, ", ")))
}

func renames(o *catalog.Object, name string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER COLLATION %I RENAME TO %I", o.Names, name))
}

func aside(c *catalog.Context, o *catalog.Object) (away, drop []catalog.Statement) {
	spare := c.Spare(o)
	return renames(o, spare[1]), catalog.SQL(sqltext.Format("DROP COLLATION %I", spare))
}
