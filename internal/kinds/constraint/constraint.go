// Package constraint is the kind of the constraints of tables: check, primary key, unique, foreign key, exclusion.
package constraint

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "constraint".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "constraint", List: list, Rows: []string{"pg_constraint"}, Space: space, Address: address,
		Create: create, Inline: inline, Finish: finish, Drop: drop, Rename: rename, MadeBy: madeBy, Spreads: spreads,
		Behind: behind, Needs: needs, Shuns: shuns,
		Rules: map[string]catalog.Rule{
			"definition":       catalog.Replace(),
			"deferrable":       {Alter: deferrable, Replaces: notForeign, Spreads: catalog.Always, Keeps: true},
			"deferred":         {Alter: deferrable, Replaces: notForeign, Spreads: catalog.Always, Keeps: true},
			"not_enforced":     {Alter: enforced, Replaces: notForeign, Spreads: catalog.Always, Keeps: true},
			"not_valid":        {Alter: validate, Replaces: invalidates, Spreads: catalog.Always, Keeps: true},
			"invalid":          {Alter: valid, Replaces: breaksUp},
			"options":          catalog.Alter(options),
			"tablespace":       catalog.Alter(tablespace),
			"replica_identity": catalog.Alter(replicaIdentity),
			"cluster":          catalog.Alter(cluster),
		},
	}
}

// needs is the table that a foreign key refers to: pg_depend says its columns and its index only.
func needs(o *catalog.Object) []catalog.ID {
	if !isForeign(o) {
		return nil
	}
	return []catalog.ID{{Kind: "table", Path: catalog.Path(o.Info.Texts("references")...)}}
}

// shuns are the unique indexes that the table has before to which a foreign key refers: of several that fit, Postgres takes
// the oldest.
func shuns(c *catalog.Context, o *catalog.Object) []catalog.ID {
	var all []catalog.ID
	for _, id := range needs(o) {
		if before := c.From.Objects[id]; before != nil {
			for _, key := range before.Children("index", "constraint") {
				if key.Info.Bool("unique") || key.Info.Has("index") {
					all = append(all, key.ID)
				}
			}
		}
	}
	return all
}

// space is that of the index behind a constraint, which has the constraint's name; and a table has one primary key.
func space(o *catalog.Object) []string {
	if !o.Info.Has("index") {
		return nil
	}
	names := []string{"relation " + catalog.Path(o.Names[0], o.Name())}
	if o.Info.Text("type") == "p" {
		names = append(names, "primary key "+catalog.Path(table(o)...))
	}
	return names
}

func address(o *catalog.Object) string {
	return sqltext.Format("CONSTRAINT %I ON %I", o.Name(), table(o))
}

func table(o *catalog.Object) []string { return o.Names[:len(o.Names)-1] }

func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s %s", o.In().Kind(o.Up().Kind).Address(o.Up()), action))
}

// spreads reports whether a table's constraint gives its partitions one of the same name.
func spreads(of, o *catalog.Object) bool {
	return o.Info.Text("type") == "c" || isForeign(o) && of.Name() == o.Name()
}

// madeBy returns what makes a constraint on the side. One that a new table inherits and that is not valid comes with its
// parent's, made after the table: what a table inherits from the start is valid.
func madeBy(c *catalog.Context, o *catalog.Object) catalog.ID {
	if from := c.Comes(o); from != nil && o.Attrs.Bool("not_valid") {
		return from.ID
	}
	return c.MadeWith(o)
}

// isForeign reports whether the constraint is a foreign key.
func isForeign(o *catalog.Object) bool { return o.Info.Text("type") == "f" }

func notForeign(from, _ *catalog.Object) bool { return !isForeign(from) }

func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	if of := c.Comes(o); of != nil {
		return come(c, of, o)
	}
	if c.Online && !c.IsNew(o.Parent) {
		if all := online(o); all != nil {
			return all
		}
	}
	all := alter(o, "ADD "+text(o))
	if o.Attrs.Bool("invalid") { // until all partitions have one
		all = catalog.SQL(sqltext.Format("ALTER TABLE ONLY %I ADD %s", table(o), text(o)))
	}
	switch {
	case o.Info.Has("index"):
		catalog.With(all, catalog.Hazard{Kind: catalog.Locks, Text: "an index is built while nobody reads or writes " + tableName(o)},
			catalog.Hazard{Kind: catalog.Breaks, Text: "fails where rows of " + tableName(o) + " conflict"})
	case !o.Attrs.Has("not_valid") && !o.Attrs.Has("not_enforced"):
		catalog.With(all, scans(o), breaks(o))
	}
	return all
}

// behind reports whether what is tied to the table comes first: partitions give it an index that is valid, and what
// inherits from it later a check that is.
func behind(tie, o *catalog.Object) bool {
	return o.Attrs.Bool("invalid") || o.Attrs.Bool("not_valid") && tie.Kind == "inheritance"
}

// come is what is left to say of a check that comes with that of a table above: valid where that is there before, and like
// it where it is made behind.
func come(c *catalog.Context, of, o *catalog.Object) []catalog.Statement {
	if of.Attrs.Bool("not_valid") && c.Makes(of.ID) && !o.Attrs.Bool("not_valid") {
		return validate(c, of, o)
	}
	return nil
}

// online adds the constraint to a table in use: what exists is checked later and without a lock that others wait for, an
// index is built beside. Nil where there is no such way: for an exclusion constraint, and on a partitioned table.
func online(o *catalog.Object) []catalog.Statement {
	if o.Attrs.Has("not_valid") || o.Attrs.Has("not_enforced") || o.Up().Attrs.Has("partition_by") {
		return nil
	}
	switch o.Info.Text("type") {
	case "c", "f":
		all := alter(o, "ADD "+text(o)+" NOT VALID")
		later := catalog.With(alter(o, sqltext.Format("VALIDATE CONSTRAINT %I", o.Name())), breaks(o))
		later[0].Mode = catalog.Later
		return append(all, later...)
	case "p", "u":
		return byIndex(o)
	}
	return nil
}

// keyed takes apart what pg_get_constraintdef prints of a primary key or a unique constraint.
var keyed = regexp.MustCompile(`^(PRIMARY KEY|UNIQUE)( NULLS NOT DISTINCT)? (\(.*?\))( INCLUDE \(.*\))?$`)

// byIndex builds the index first and makes a constraint of it; nil for a key that has more to it than columns.
func byIndex(o *catalog.Object) []catalog.Statement {
	parts := keyed.FindStringSubmatch(o.Attrs.Text("definition"))
	if parts == nil || strings.Contains(parts[3], "WITHOUT OVERLAPS") {
		return nil
	}
	sql := sqltext.Format("CREATE UNIQUE INDEX CONCURRENTLY %I ON %I ", o.Name(), table(o)) + parts[3] + parts[4] + parts[2]
	if set := o.Attrs.Map("options"); len(set) > 0 {
		sql += " WITH (" + catalog.WriteSettings(set) + ")"
	}
	if space := o.Attrs.Text("tablespace"); space != "" {
		sql += sqltext.Format(" TABLESPACE %I", space)
	}
	build := catalog.Statement{SQL: sql, Mode: catalog.Alone, Hazards: []catalog.Hazard{
		{Kind: catalog.Breaks, Text: "fails where rows of " + tableName(o) + " conflict"},
	}}
	add := alter(o, sqltext.Format("ADD CONSTRAINT %I %s USING INDEX %I", o.Name(), parts[1], o.Name())+times(o))
	return append([]catalog.Statement{build}, add...)
}

func tableName(o *catalog.Object) string { return sqltext.Ident(table(o)...) }

func scans(o *catalog.Object) catalog.Hazard {
	return catalog.Hazard{Kind: catalog.Scan, Text: fmt.Sprintf("every row of %s is checked", tableName(o))}
}

func breaks(o *catalog.Object) catalog.Hazard {
	return catalog.Hazard{Kind: catalog.Breaks, Text: fmt.Sprintf("fails on a row of %s that does not fit %s", tableName(o), sqltext.Ident(o.Name()))}
}

// inline is the constraint in CREATE TABLE, which checks at once: one that is not valid cannot be there, nor one whose
// partitions have none.
func inline(c *catalog.Context, o *catalog.Object, _ []string) string {
	if o.Attrs.Has("not_valid") || o.Attrs.Has("invalid") || c.Comes(o) != nil || isTwin(o) {
		return ""
	}
	return text(o)
}

// isTwin reports whether a unique constraint says what another one of its table does, or the primary key: of two such in
// one statement Postgres makes one.
func isTwin(o *catalog.Object) bool {
	columns := func(o *catalog.Object) string {
		_, list, _ := strings.Cut(o.Attrs.Text("definition"), "(")
		return list
	}
	return o.Info.Text("type") == "u" && slices.ContainsFunc(o.Up().Children("constraint"), func(other *catalog.Object) bool {
		return other.ID != o.ID && other.Info.Has("index") && columns(other) == columns(o)
	})
}

// text is the constraint with its name.
func text(o *catalog.Object) string {
	s := sqltext.Format("CONSTRAINT %I %s", o.Name(), o.Attrs.Text("definition"))
	if set := o.Attrs.Map("options"); len(set) > 0 {
		s += " WITH (" + catalog.WriteSettings(set) + ")"
	}
	if space := o.Attrs.Text("tablespace"); space != "" {
		s += sqltext.Format(" USING INDEX TABLESPACE %I", space)
	}
	s += times(o)
	if o.Attrs.Bool("not_enforced") {
		s += " NOT ENFORCED"
	}
	if o.Attrs.Bool("not_valid") {
		s += " NOT VALID"
	}
	return s
}

// times says when the constraint is checked, nothing where as by default.
func times(o *catalog.Object) string {
	switch {
	case o.Attrs.Bool("deferred"):
		return " DEFERRABLE INITIALLY DEFERRED"
	case o.Attrs.Bool("deferrable"):
		return " DEFERRABLE"
	}
	return ""
}

// finish is what ADD CONSTRAINT does not take.
func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	none := &catalog.Object{ID: o.ID}
	var all []catalog.Statement
	if o.Attrs.Has("replica_identity") {
		all = append(all, replicaIdentity(c, none, o)...)
	}
	if o.Attrs.Has("cluster") {
		all = append(all, cluster(c, none, o)...)
	}
	return all
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return alter(o, sqltext.Format("DROP CONSTRAINT %I", o.Name()))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return alter(from, sqltext.Format("RENAME CONSTRAINT %I TO %I", from.Name(), to.Name()))
}

func deferrable(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	when := times(to)
	if when == "" {
		when = " NOT DEFERRABLE"
	} else if !to.Attrs.Bool("deferred") {
		when = " DEFERRABLE INITIALLY IMMEDIATE"
	}
	return alter(to, sqltext.Format("ALTER CONSTRAINT %I%s", to.Name(), when))
}

func enforced(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("not_enforced") {
		return alter(to, sqltext.Format("ALTER CONSTRAINT %I NOT ENFORCED", to.Name()))
	}
	return catalog.With(alter(to, sqltext.Format("ALTER CONSTRAINT %I ENFORCED", to.Name())), scans(to), breaks(to))
}

// invalidates reports whether a valid constraint shall be one that is not: nothing but making it anew does that.
func invalidates(_, to *catalog.Object) bool { return to.Attrs.Bool("not_valid") }

func validate(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	if !from.Attrs.Bool("not_valid") {
		return nil
	}
	return catalog.With(alter(to, sqltext.Format("VALIDATE CONSTRAINT %I", to.Name())), scans(to), breaks(to))
}

// valid is nothing to say: a partitioned table's constraint is valid once those of all partitions are attached to it.
func valid(*catalog.Context, *catalog.Object, *catalog.Object) []catalog.Statement { return nil }

func breaksUp(_, to *catalog.Object) bool { return to.Attrs.Bool("invalid") }

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.AlterSettings(sqltext.Format("ALTER INDEX %I", []string{to.Names[0], to.Info.Text("index")}), from, to)
}

func tablespace(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	name := to.Attrs.Text("tablespace")
	if name == "" {
		name = "pg_default"
	}
	return catalog.SQL(sqltext.Format("ALTER INDEX %I SET TABLESPACE %I", []string{to.Names[0], to.Info.Text("index")}, name))
}

func replicaIdentity(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("replica_identity") {
		return alter(to, sqltext.Format("REPLICA IDENTITY USING INDEX %I", to.Info.Text("index")))
	}
	if to.Up().Attrs.Has("replica_identity") || to.HasMoved("replica_identity") {
		return nil // another has been said
	}
	return alter(to, "REPLICA IDENTITY DEFAULT")
}

func cluster(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("cluster") {
		return alter(to, sqltext.Format("CLUSTER ON %I", to.Info.Text("index")))
	}
	if to.HasMoved("cluster") {
		return nil // another has been said
	}
	return alter(to, "SET WITHOUT CLUSTER")
}
