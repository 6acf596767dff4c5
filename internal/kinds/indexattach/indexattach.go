// Package indexattach is the kind of what attaches a partition's index to that of its table.
package indexattach

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "index_attach".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "index_attach", List: list, Rows: []string{"pg_inherits"}, Satellite: true,
		Create: create, Drop: drop,
		Needs: func(o *catalog.Object) []catalog.ID { return []catalog.ID{to(o)} },
		Rules: map[string]catalog.Rule{"to": catalog.Replace()},
	}
}

// to is the index or constraint of the table.
func to(o *catalog.Object) catalog.ID {
	return catalog.ID{Kind: o.Info.Text("kind"), Path: catalog.Path(o.Attrs.Texts("to")...)}
}

// create says nothing where Postgres attaches by itself: when the table's index is made, and when the partition is
// attached. One that not all partitions have is made behind these, without theirs.
func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	other := o.In().Objects[to(o)]
	made := other != nil && c.Makes(other.ID)
	if made && !other.Attrs.Bool("invalid") {
		return nil
	}
	for _, tie := range o.Up().Up().Children("partition") {
		if c.Makes(tie.ID) && !made {
			return nil
		}
	}
	names := o.Attrs.Texts("to")
	return catalog.SQL(sqltext.Format("ALTER INDEX %I ATTACH PARTITION %I", []string{names[0], names[2]}, o.Info.Texts("index")))
}

// drop says nothing: an index is detached with its partition, or when that of the table goes.
func drop(*catalog.Context, *catalog.Object) []catalog.Statement { return nil }
