// Package eventtrigger is the kind of event triggers.
package eventtrigger

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "event_trigger".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "event_trigger", List: list, Rows: []string{"pg_event_trigger"}, Address: address,
		Create: create, Finish: finish, Drop: drop, Rename: rename,
		Rules: map[string]catalog.Rule{
			"event":    catalog.Replace(),
			"tags":     catalog.Replace(),
			"function": catalog.Replace(),
			"enabled":  catalog.Alter(enable),
		},
	}
}

func address(o *catalog.Object) string { return sqltext.Format("EVENT TRIGGER %I", o.Name()) }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	var b strings.Builder
	b.WriteString(sqltext.Format("CREATE %s ON %s", address(o), o.Attrs.Text("event")))
	if tags := o.Attrs.Texts("tags"); len(tags) > 0 {
		list := make([]string, len(tags))
		for i, tag := range tags {
			list[i] = sqltext.Literal(tag)
		}
		b.WriteString("\nWHEN TAG IN (" + strings.Join(list, ", ") + ")")
	}
	b.WriteString("\nEXECUTE FUNCTION " + o.Attrs.Text("function"))
	return catalog.SQL(b.String())
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

// states are what pg_event_trigger.evtenabled says, without the usual.
var states = map[string]string{"": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}

func enable(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return catalog.SQL("ALTER " + address(to) + " " + states[to.Attrs.Text("enabled")])
}
