// Package index is the kind of indexes, but for those behind a constraint.
package index

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "index".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "index", List: list, Rows: []string{"pg_class i", "pg_class I"}, Space: space, Address: address,
		Create: create, Finish: finish, Drop: drop, Rename: rename, Aside: aside, MadeBy: (*catalog.Context).MadeWith,
		Behind: func(_, o *catalog.Object) bool { return o.Attrs.Bool("invalid") },
		Rules: map[string]catalog.Rule{
			"definition":       catalog.Replace(),
			"invalid":          {Alter: valid, Replaces: spoils},
			"options":          catalog.Alter(options),
			"tablespace":       catalog.Alter(tablespace),
			"replica_identity": catalog.Alter(replicaIdentity),
			"cluster":          catalog.Alter(cluster),
			"statistics":       catalog.Alter(statistics),
		},
	}
}

// names are the index's own: it stands in the schema of its table.
func names(o *catalog.Object) []string { return []string{o.Names[0], o.Name()} }

func space(o *catalog.Object) []string { return []string{"relation " + catalog.Path(names(o)...)} }

func address(o *catalog.Object) string { return sqltext.Format("INDEX %I", names(o)) }

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER INDEX %I %s", names(o), action))
}

func table(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s %s", o.In().Kind(o.Up().Kind).Address(o.Up()), action))
}

func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	sql := o.Attrs.Text("definition")
	if o.Info.Bool("partitioned") && !o.Attrs.Bool("invalid") {
		sql = strings.Replace(sql, " ON ONLY ", " ON ", 1) // those of the partitions are there, and are attached
	}
	if set := o.Attrs.Map("options"); len(set) > 0 {
		sql = with(sql, "WITH ("+catalog.WriteSettings(set)+")")
	}
	all := catalog.SQL(sql)
	if c.Online && !c.IsNew(o.Parent) && !o.Info.Bool("partitioned") {
		all[0].SQL, all[0].Mode = strings.Replace(sql, "INDEX ", "INDEX CONCURRENTLY ", 1), catalog.Alone
	} else {
		catalog.With(all, catalog.Hazard{
			Kind: catalog.Locks, Text: fmt.Sprintf("nobody writes to %s while the index is built", sqltext.Ident(o.Up().Names...)),
		})
	}
	if o.Info.Bool("unique") {
		catalog.With(all, catalog.Hazard{Kind: catalog.Breaks, Text: fmt.Sprintf("fails where rows of %s are alike", sqltext.Ident(o.Up().Names...))})
	}
	return all
}

// finish is what CREATE INDEX does not take.
func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	none := &catalog.Object{ID: o.ID}
	var all []catalog.Statement
	for _, attr := range []string{"statistics", "replica_identity", "cluster"} {
		if o.Attrs.Has(attr) {
			all = append(all, o.In().Kind(o.Kind).Rules[attr].Alter(c, none, o)...)
		}
	}
	return all
}

// valid is nothing to say of a partitioned table's index: it is valid once those of all partitions are attached to it.
func valid(*catalog.Context, *catalog.Object, *catalog.Object) []catalog.Statement { return nil }

// spoils reports whether no statement but making the index again leads there.
func spoils(_, to *catalog.Object) bool {
	return to.Attrs.Bool("invalid") || !to.Info.Bool("partitioned")
}

// with puts the storage parameters where CREATE INDEX takes them: before TABLESPACE and WHERE.
func with(definition, clause string) string {
	if before, where, ok := strings.Cut(definition, " WHERE "); ok {
		return before + " " + clause + " WHERE " + where
	}
	return definition + " " + clause
}

func drop(c *catalog.Context, o *catalog.Object) []catalog.Statement { return dropAs(c, o, o.Name()) }

// dropAs drops the index, which may have another name by now.
func dropAs(c *catalog.Context, o *catalog.Object, name string) []catalog.Statement {
	if c.Online && !o.Info.Bool("partitioned") {
		return []catalog.Statement{{SQL: sqltext.Format("DROP INDEX CONCURRENTLY %I", []string{o.Names[0], name}), Mode: catalog.Alone}}
	}
	return catalog.SQL(sqltext.Format("DROP INDEX %I", []string{o.Names[0], name}))
}

// aside keeps the old index until the new one is built.
func aside(c *catalog.Context, o *catalog.Object) (away, gone []catalog.Statement) {
	old := catalog.OldName(o.Name())
	return alter(o, sqltext.Format("RENAME TO %I", old)), dropAs(c, o, old)
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return alter(from, sqltext.Format("RENAME TO %I", to.Name()))
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.AlterSettings(sqltext.Format("ALTER INDEX %I", names(to)), from, to)
}

func tablespace(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	name := to.Attrs.Text("tablespace")
	if name == "" {
		name = "pg_default"
	}
	return alter(to, sqltext.Format("SET TABLESPACE %I", name))
}

func replicaIdentity(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("replica_identity") {
		return table(to, sqltext.Format("REPLICA IDENTITY USING INDEX %I", to.Name()))
	}
	if to.Up().Attrs.Has("replica_identity") || to.HasMoved("replica_identity") {
		return nil // another has been said
	}
	return table(to, "REPLICA IDENTITY DEFAULT")
}

func cluster(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("cluster") {
		return table(to, sqltext.Format("CLUSTER ON %I", to.Name()))
	}
	if to.HasMoved("cluster") {
		return nil // another has been said
	}
	return table(to, "SET WITHOUT CLUSTER")
}

// statistics sets the targets of the index's columns, by their numbers.
func statistics(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	var old, now map[string]int
	from.Attrs.Decode("statistics", &old)
	to.Attrs.Decode("statistics", &now)
	var all []catalog.Statement
	for _, column := range slices.Sorted(maps.Keys(now)) {
		if old[column] != now[column] {
			all = append(all, alter(to, fmt.Sprintf("ALTER COLUMN %s SET STATISTICS %d", column, now[column]))...)
		}
	}
	for _, column := range slices.Sorted(maps.Keys(old)) {
		if _, ok := now[column]; !ok {
			all = append(all, alter(to, fmt.Sprintf("ALTER COLUMN %s SET STATISTICS -1", column))...)
		}
	}
	return all
}
