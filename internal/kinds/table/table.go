// Package table is the kind of tables: what is said of a whole one. Its columns, constraints, indexes and policies are
// kinds of their own.
package table

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "table".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "table", List: list, Rows: []string{"pg_class r", "pg_class p"}, Free: true, Space: space, Address: address,
		Create: create, Finish: finish, Drop: drop, Rename: rename,
		Rules: map[string]catalog.Rule{
			"unlogged":         {Alter: persistence, Rebuilds: outlasts},
			"partition_by":     catalog.Replace(),
			"of":               catalog.Alter(ofType),
			"method":           catalog.Alter(method),
			"tablespace":       catalog.Alter(tablespace),
			"rls":              catalog.Alter(rls),
			"force_rls":        catalog.Alter(forceRLS),
			"replica_identity": catalog.Alter(replicaIdentity),
			"options":          catalog.Alter(options),
		},
	}
}

func space(o *catalog.Object) []string {
	path := catalog.Path(o.Names...)
	return []string{"relation " + path, "type " + path}
}

func address(o *catalog.Object) string { return sqltext.Format("TABLE %I", o.Names) }

// alter is ALTER TABLE with an action.
func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TABLE %I %s", o.Names, action))
}

func create(_ *catalog.Context, o *catalog.Object, parts []string) []catalog.Statement {
	var parents, columns []string
	for _, p := range parts {
		if parent, ok := strings.CutPrefix(p, "INHERITS "); ok {
			parents = append(parents, parent)
		} else {
			columns = append(columns, p)
		}
	}
	var b strings.Builder
	b.WriteString("CREATE ")
	if o.Attrs.Bool("unlogged") {
		b.WriteString("UNLOGGED ")
	}
	b.WriteString(sqltext.Format("TABLE %I", o.Names))
	if of := o.Attrs.Text("of"); of != "" {
		b.WriteString(" OF " + of)
	}
	switch {
	case len(columns) > 0:
		b.WriteString(" (\n    " + strings.Join(columns, ",\n    ") + "\n)")
	case !o.Attrs.Has("of"):
		b.WriteString(" ()")
	}
	if len(parents) > 0 {
		b.WriteString("\nINHERITS (" + strings.Join(parents, ", ") + ")")
	}
	if by := o.Attrs.Text("partition_by"); by != "" {
		b.WriteString("\nPARTITION BY " + by)
	}
	if m := o.Attrs.Text("method"); m != "" {
		b.WriteString(sqltext.Format("\nUSING %I", m))
	}
	if set := o.Attrs.Map("options"); len(set) > 0 {
		b.WriteString("\nWITH (" + catalog.WriteSettings(set) + ")")
	}
	if s := o.Attrs.Text("tablespace"); s != "" {
		b.WriteString(sqltext.Format("\nTABLESPACE %I", s))
	}
	return catalog.SQL(b.String())
}

// finish is what CREATE TABLE does not take.
func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	none := &catalog.Object{ID: o.ID}
	var all []catalog.Statement
	if o.Attrs.Has("rls") {
		all = append(all, rls(c, none, o)...)
	}
	if o.Attrs.Has("force_rls") {
		all = append(all, forceRLS(c, none, o)...)
	}
	if o.Attrs.Has("replica_identity") {
		all = append(all, replicaIdentity(c, none, o)...)
	}
	return all
}

func drop(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	all := catalog.SQL(sqltext.Format("DROP TABLE %I", o.Names))
	if !holdsRows(c, o) {
		return all
	}
	return catalog.With(all, catalog.Hazard{Kind: catalog.Loss, Text: fmt.Sprintf("all rows of %s are lost", sqltext.Ident(o.Names...))})
}

// holdsRows reports whether rows go with a table that is dropped. Those of a partitioned one are its partitions', which
// stay where they are detached before.
func holdsRows(c *catalog.Context, o *catalog.Object) bool {
	if !o.Attrs.Has("partition_by") {
		return true
	}
	for _, n := range o.In().Needed(o.ID) {
		tie := o.In().Objects[n.On]
		if tie == nil || tie.Kind != "partition" {
			continue
		}
		if p := tie.Up(); c.To.Objects[p.ID] == nil || c.Makes(p.ID) {
			return true
		}
	}
	return false
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return alter(from, sqltext.Format("RENAME TO %I", to.Name()))
}

func persistence(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	action := "SET LOGGED"
	if to.Attrs.Bool("unlogged") {
		action = "SET UNLOGGED"
	}
	return catalog.With(alter(to, action), rewrites(to))
}

// outlasts reports whether a foreign key would be one of a logged table to an unlogged one, which Postgres does not allow,
// until the other table has changed too.
func outlasts(from, to, key *catalog.Object) bool {
	if key.Kind != "constraint" || !key.Info.Has("references") {
		return false
	}
	of, on := key.Up(), from.In().Get("table", key.Info.Texts("references")...)
	switch {
	case on == nil || of.ID == on.ID:
		return false
	case to.Attrs.Bool("unlogged"):
		return on.ID == from.ID && !of.Attrs.Bool("unlogged")
	}
	return of.ID == from.ID && on.Attrs.Bool("unlogged")
}

func rewrites(o *catalog.Object) catalog.Hazard {
	return catalog.Hazard{
		Kind: catalog.Rewrite, Text: fmt.Sprintf("every row of %s is written anew; nobody reads or writes meanwhile", sqltext.Ident(o.Names...)),
	}
}

func ofType(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if of := to.Attrs.Text("of"); of != "" {
		return alter(to, "OF "+of)
	}
	return alter(to, "NOT OF")
}

func method(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	name := to.Attrs.Text("method")
	if name == "" {
		name = "heap"
	}
	return catalog.With(alter(to, sqltext.Format("SET ACCESS METHOD %I", name)), rewrites(to))
}

func tablespace(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	name := to.Attrs.Text("tablespace")
	if name == "" {
		name = "pg_default"
	}
	return catalog.With(alter(to, sqltext.Format("SET TABLESPACE %I", name)), rewrites(to))
}

func rls(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("rls") {
		return alter(to, "ENABLE ROW LEVEL SECURITY")
	}
	return catalog.With(alter(to, "DISABLE ROW LEVEL SECURITY"), catalog.Hazard{
		Kind: catalog.Exposes, Text: fmt.Sprintf("the policies of %s hold no longer: whoever has a grant sees every row", sqltext.Ident(to.Names...)),
	})
}

func forceRLS(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("force_rls") {
		return alter(to, "FORCE ROW LEVEL SECURITY")
	}
	return alter(to, "NO FORCE ROW LEVEL SECURITY")
}

func replicaIdentity(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	identity := to.Attrs.Text("replica_identity")
	if identity == "" {
		identity = "DEFAULT"
	}
	return alter(to, "REPLICA IDENTITY "+identity)
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.AlterSettings(sqltext.Format("ALTER TABLE %I", to.Names), from, to)
}
