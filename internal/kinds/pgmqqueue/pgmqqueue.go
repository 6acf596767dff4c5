// Package pgmqqueue is the kind of the queues of pgmq: rows that are schema in spirit, each with two tables.
package pgmqqueue

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "pgmq_queue".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "pgmq_queue", List: list, Has: "pgmq.meta", Makes: makes,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			function := "create"
			switch {
			case o.Attrs.Bool("partitioned"):
				function = "create_partitioned"
			case o.Attrs.Bool("unlogged"):
				function = "create_unlogged"
			}
			return catalog.SQL(sqltext.Format("SELECT pgmq.%s(%L)", function, o.Name()))
		},
		Drop: func(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
			return catalog.With(catalog.SQL(sqltext.Format("SELECT pgmq.drop_queue(%L)", o.Name())),
				catalog.Hazard{Kind: catalog.Loss, Text: fmt.Sprintf("all messages of the queue %s are lost, archived ones too", o.Name())})
		},
		Rules: map[string]catalog.Rule{
			"partitioned": catalog.Replace(),
			"unlogged":    catalog.Alter(unlogged),
		},
		Needs: func(*catalog.Object) []catalog.ID { return []catalog.ID{{Kind: "extension", Path: "pgmq"}} },
	}
}

// table is the queue's own table, or with "a" that of its archive.
func table(o *catalog.Object, prefix string) []string {
	return []string{"pgmq", strings.ToLower(prefix + "_" + o.Name())}
}

// makes are the queue's tables with what pgmq makes in them. Some versions of pgmq make them members of the extension:
// then they are not in the catalog.
func makes(o *catalog.Object) []*catalog.Object {
	var all []*catalog.Object
	for _, prefix := range []string{"q", "a"} {
		t := o.In().Get("table", table(o, prefix)...)
		if t == nil {
			continue
		}
		made := *t
		attrs := map[string]any{}
		for _, name := range []string{"unlogged", "partition_by"} {
			if t.Attrs.Has(name) {
				attrs[name] = t.Attrs.Raw(name)
			}
		}
		made.Attrs = catalog.AttrsOf(attrs)
		all = append(all, &made)
		all = append(all, inside(t)...)
	}
	return all
}

func inside(o *catalog.Object) []*catalog.Object {
	var all []*catalog.Object
	for _, c := range o.Children("column", "default", "identity", "constraint", "index", "sequence") {
		all = append(append(all, c), inside(c)...)
	}
	return all
}

// unlogged says it of the queue; its table says it of itself, unless it is the extension's.
func unlogged(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	is := to.Attrs.Bool("unlogged")
	var all []catalog.Statement
	if name := table(to, "q"); to.In().Get("table", name...) == nil {
		action := "SET LOGGED"
		if is {
			action = "SET UNLOGGED"
		}
		all = append(all, catalog.Statement{SQL: sqltext.Format("ALTER TABLE %I %s", name, action)})
	}
	return append(all, catalog.Statement{SQL: sqltext.Format("UPDATE pgmq.meta SET is_unlogged = %s WHERE queue_name = %L", is, to.Name())})
}
