// Package comment is the kind of comments on objects.
package comment

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "comment". One on the index behind a constraint has the name "index", and hangs on the constraint.
func Kind() *catalog.Kind {
	kind := &catalog.Kind{
		Name: "comment", List: list, Satellite: true,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return say(o, o.Attrs.Text("text"))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement { return say(o, nil) },
		Rules: map[string]catalog.Rule{
			"text": catalog.Alter(func(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
				return say(to, to.Attrs.Text("text"))
			}),
		},
	}
	// An extension brings a comment along.
	kind.Born = func(_ *catalog.Context, parent *catalog.Object) []*catalog.Object {
		if !parent.Info.Has("comment") {
			return nil
		}
		return []*catalog.Object{catalog.NewSatellite(kind, parent, "", catalog.AttrsOf(map[string]any{"text": parent.Info.Text("comment")}))}
	}
	return kind
}

func say(o *catalog.Object, text any) []catalog.Statement {
	on := o.On()
	if o.Name() == "index" {
		on = sqltext.Format("INDEX %I", []string{o.Up().Names[0], o.Up().Info.Text("index")})
	}
	return catalog.SQL(sqltext.Format("COMMENT ON %s IS %L", on, text))
}
