// Package column is the kind of the columns of tables.
package column

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

// Kind returns the kind "column".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "column", List: list, Rows: []string{"pg_class r", "pg_class p", "pg_class f"}, Address: address,
		Create: create, Inline: inline, Finish: finish, Drop: drop, Rename: rename, Follow: follow, FollowAs: "type",
		Bound: inKey, Spreads: func(_, _ *catalog.Object) bool { return true },
		Rules: map[string]catalog.Rule{
			"type":                {Alter: retype, Replaces: keyed, Rebuilds: inTheWay, Spreads: catalog.Always, Resets: resets},
			"collation":           {Alter: retype, Replaces: keyed, Rebuilds: inTheWay, Spreads: catalog.Always, Resets: resets},
			"not_null":            {Alter: notNull, Spreads: spreads},
			"not_null_name":       {Alter: notNullName, Spreads: catalog.Always},
			"not_null_no_inherit": catalog.Alter(notNullInherit),
			"not_null_not_valid":  {Alter: notNullValid, Spreads: catalog.Always},

			"generated":   catalog.Replace(),
			"virtual":     catalog.Replace(),
			"storage":     catalog.Alter(storage),
			"compression": catalog.Alter(compression),
			"statistics":  catalog.Alter(statistics),
			"fdw_options": catalog.Alter(fdwOptions),
			"options":     catalog.Alter(options),
		},
	}
}

// resets are what becomes as the new type has it.
var resets = []string{"storage", "compression"}

func address(o *catalog.Object) string { return sqltext.Format("COLUMN %I", o.Names) }

func table(o *catalog.Object) []string { return o.Names[:len(o.Names)-1] }

// name is the column's table as findings and hazards show it.
func name(o *catalog.Object) string { return sqltext.Ident(o.Names...) }

// alter is ALTER TABLE … ALTER COLUMN with an action.
func alter(o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TABLE %I ALTER COLUMN %I %s", table(o), o.Name(), action))
}

// only is alter without what inherits the column.
func only(c *catalog.Context, o *catalog.Object, action string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TABLE %s%I ALTER COLUMN %I %s", c.Only(o.Up()), table(o), o.Name(), action))
}

func create(c *catalog.Context, o *catalog.Object, parts []string) []catalog.Statement {
	if from := c.Comes(o); from != nil {
		return differs(c, o, from, parts)
	}
	if up := o.Up(); up.Attrs.Has("of") && (c.Makes(up.ID) || c.From.Objects[up.ID].Attrs.Text("of") == up.Attrs.Text("of")) {
		var all []catalog.Statement // its type has it
		for _, p := range parts {
			all = append(all, only(c, o, "SET "+p)...)
		}
		return all
	}
	all := catalog.SQL(sqltext.Format("ALTER TABLE %I ADD COLUMN %s", table(o), text(c, o, parts)))
	if o.Attrs.Has("generated") && !o.Attrs.Bool("virtual") || isCalled(o) {
		catalog.With(all, rewrites(o))
	}
	if o.Attrs.Bool("not_null") && o.Attrs.Has("generated") {
		catalog.With(all, catalog.Hazard{
			Kind: catalog.Breaks, Text: fmt.Sprintf("fails on a row for which %s is computed as null", name(o)),
		})
	}
	if o.Attrs.Bool("not_null") && len(parts) == 0 && !o.Attrs.Has("generated") {
		catalog.With(all, catalog.Hazard{
			Kind: catalog.Breaks, Text: fmt.Sprintf("fails where the table has rows: %s takes no null and has no default", name(o)),
		})
	}
	return all
}

// call is a function that may give something else for each row; now() and its like do not.
var call = regexp.MustCompile(`(\w+|")\(`)

// isCalled reports whether the column's default may differ from row to row, so that adding the column writes each.
func isCalled(o *catalog.Object) bool {
	return len(o.Children("identity")) > 0 || slices.ContainsFunc(o.Children("default"), func(d *catalog.Object) bool {
		return slices.ContainsFunc(call.FindAllString(d.Attrs.Text("expression"), -1), func(f string) bool {
			return f != "now(" && f != "varying(" && f != "numeric(" && f != "character("
		})
	})
}

// differs is what a column that its table inherits has otherwise than the one that it has it from.
func differs(c *catalog.Context, o, from *catalog.Object, parts []string) []catalog.Statement {
	var all []catalog.Statement
	for _, p := range parts {
		all = append(all, only(c, o, "SET "+p)...)
	}
	if o.Attrs.Bool("not_null") && !from.Attrs.Bool("not_null") {
		all = append(all, notNull(c, from, o)...)
	}
	return all
}

// inline is the column in CREATE TABLE.
func inline(c *catalog.Context, o *catalog.Object, parts []string) string {
	if c.Comes(o) != nil {
		return ownNotNull(o)
	}
	if o.Up().Attrs.Has("of") {
		return typed(o, parts)
	}
	return text(c, o, parts)
}

// typed is the column in CREATE TABLE … OF, which says no more than the type does not.
func typed(o *catalog.Object, parts []string) string {
	words := strings.Join(parts, " ") + notNullText(o)
	if words == "" {
		return ""
	}
	return sqltext.Format("%I WITH OPTIONS %s", o.Name(), strings.TrimSpace(words))
}

// serials are the words for a column that makes its sequence.
var serials = map[string]string{"smallint": "smallserial", "integer": "serial", "bigint": "bigserial"}

// serial returns the word for the column, "" where it makes no sequence.
func serial(c *catalog.Context, o *catalog.Object) string {
	for _, d := range o.Children("default") {
		for _, n := range o.In().Needs(d.ID) {
			on := o.In().Objects[n.On]
			if k := o.In().Kind(n.On.Kind); on != nil && k.MadeBy != nil && k.MadeBy(c, on) == o.ID {
				return serials[o.Attrs.Text("type")]
			}
		}
	}
	return ""
}

// isMerged reports whether a generated column is the parent's too, which says how it is generated: before 16 nobody else may.
func isMerged(c *catalog.Context, o *catalog.Object) bool {
	from := c.Merges(o)
	return from != nil && from.Attrs.Text("generated") == o.Attrs.Text("generated")
}

// text is the column as CREATE TABLE and ADD COLUMN take it.
func text(c *catalog.Context, o *catalog.Object, parts []string) string {
	if word := serial(c, o); word != "" {
		return sqltext.Format("%I %s", o.Name(), word)
	}
	var b strings.Builder
	b.WriteString(sqltext.Format("%I %s", o.Name(), o.Attrs.Text("type")))
	if o.Attrs.Has("fdw_options") {
		b.WriteString(" " + catalog.WriteOptions(o.Attrs.Map("fdw_options")))
	}
	if c := o.Attrs.Text("compression"); c != "" {
		b.WriteString(" COMPRESSION " + method(c))
	}
	if c := o.Attrs.Text("collation"); c != "" {
		b.WriteString(" COLLATE " + c)
	}
	if g := o.Attrs.Text("generated"); g != "" && !isMerged(c, o) {
		b.WriteString(" GENERATED ALWAYS AS (" + g + ")")
		if o.Attrs.Bool("virtual") {
			b.WriteString(" VIRTUAL")
		} else {
			b.WriteString(" STORED")
		}
	}
	for _, p := range parts {
		b.WriteString(" " + p)
	}
	b.WriteString(notNullText(o))
	return b.String()
}

// finish is what neither CREATE TABLE nor ADD COLUMN takes.
func finish(c *catalog.Context, o *catalog.Object) []catalog.Statement {
	none := &catalog.Object{ID: o.ID}
	var all []catalog.Statement
	switch from := c.Comes(o); {
	case from == nil && o.Attrs.Bool("not_null_not_valid"):
		all = append(all, addNotNull(o)...)
	case from != nil && len(from.Children("default")) > 0 && len(o.Children("default")) == 0:
		all = append(all, only(c, o, "DROP DEFAULT")...)
	}
	if o.Attrs.Has("storage") {
		all = append(all, storage(c, none, o)...)
	}
	if o.Attrs.Has("statistics") {
		all = append(all, statistics(c, none, o)...)
	}
	if o.Attrs.Has("options") {
		all = append(all, options(c, none, o)...)
	}
	return all
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	all := catalog.SQL(sqltext.Format("ALTER TABLE %I DROP COLUMN %I", table(o), o.Name()))
	if o.Attrs.Has("generated") {
		return all
	}
	return catalog.With(all,
		catalog.Hazard{Kind: catalog.Loss, Text: fmt.Sprintf("what %s holds is lost", name(o))})
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TABLE %I RENAME COLUMN %I TO %I", table(from), from.Name(), to.Name()))
}

func rewrites(o *catalog.Object) catalog.Hazard {
	return catalog.Hazard{
		Kind: catalog.Rewrite, Text: fmt.Sprintf("every row of %s is written anew; nobody reads or writes meanwhile", sqltext.Ident(table(o)...)),
	}
}

func retype(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	old, now := from.Attrs.Text("type"), to.Attrs.Text("type")
	if to.Attrs.Has("generated") {
		return catalog.With(alter(to, "TYPE "+kindOf(to)), rewrites(to))
	}
	action := "TYPE " + kindOf(to)
	hazards := []catalog.Hazard{rewrites(to)}
	if using := conversion(sqltext.Ident(to.Name()), old, now); using != "" {
		action += " USING " + using
		hazards = append(hazards, catalog.Hazard{
			Kind: catalog.Breaks, Text: fmt.Sprintf("fails on a value of %s that is no %s", name(to), now),
		})
	}
	if len(hazards) == 1 && narrows(old, now) {
		hazards = append(hazards, catalog.Hazard{
			Kind: catalog.Breaks, Text: fmt.Sprintf("fails on a value of %s that has no place in %s", name(to), now),
		})
	}
	if what := loses(old, now); what != "" {
		hazards = append(hazards, catalog.Hazard{Kind: catalog.Loss, Text: fmt.Sprintf("of what %s holds, %s is lost", name(to), what)})
	}
	if widens(old, now) && from.Attrs.Text("collation") == to.Attrs.Text("collation") {
		hazards = nil
	}
	return catalog.With(alter(to, action), hazards...)
}

// kindOf is the column's type with its collation.
func kindOf(o *catalog.Object) string {
	if c := o.Attrs.Text("collation"); c != "" {
		return o.Attrs.Text("type") + " COLLATE " + c
	}
	return o.Attrs.Text("type")
}

// inKey reports whether the table is partitioned by the column, which can then neither go nor get another type.
func inKey(o *catalog.Object) bool { return o.Info.Bool("partition_key") }

func keyed(from, to *catalog.Object) bool { return inKey(from) && inKey(to) }

// inTheWay reports whether Postgres refuses to change a column's type for something that needs it: everything but what
// ALTER TABLE makes again by itself, out of a text that has to make sense with the new type.
func inTheWay(from, to, dependent *catalog.Object) bool {
	switch dependent.Kind {
	case "identity":
		return !catalog.SequenceFits(dependent, to.Attrs.Text("type"))
	case "sequence", "owner", "comment", "grant", "security_label":
		return false
	case "index", "statistics":
		return !isAlike(from.Attrs.Text("type"), to.Attrs.Text("type"))
	case "constraint":
		kind := dependent.Info.Text("type")
		return kind != "p" && kind != "u" && !isAlike(from.Attrs.Text("type"), to.Attrs.Text("type"))
	}
	return !dependent.In().Kind(dependent.Kind).Ties
}

// follow takes the column from the old form of its type, or of its collation, to the new.
func follow(c *catalog.Context, o, needed *catalog.Object) []catalog.Statement {
	if o.Attrs.Has("generated") || inKey(o) {
		return nil
	}
	column := sqltext.Ident(o.Name())
	using := ""
	switch needed.Kind {
	case "collation":
		return catalog.With(alter(o, "TYPE "+kindOf(o)), rewrites(o))
	case "enum", "domain", "range":
		using = through(column, o.Attrs.Text("type"))
	case "composite":
		using = rowOf(column, o.Attrs.Text("type"), c.From.Objects[needed.ID], needed)
	default:
		return nil
	}
	return catalog.With(alter(o, fmt.Sprintf("TYPE %s USING %s", kindOf(o), using)), rewrites(o), catalog.Hazard{
		Kind: catalog.Breaks, Text: fmt.Sprintf("fails on a value of %s that the new %s does not have", name(o), sqltext.Ident(needed.Names...)),
	})
}

// storages are what attstorage says (Postgres docs, pg_type.typstorage).
var storages = map[string]string{"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}

func storage(c *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	s := storages[to.Attrs.Text("storage")]
	if s == "" {
		s = storages[to.Info.Text("type_storage")]
	}
	return only(c, to, "SET STORAGE "+s)
}

// method is a compression method by its letter in pg_attribute.
func method(letter string) string {
	if letter == "l" {
		return "lz4"
	}
	return "pglz"
}

func compression(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	m := "DEFAULT"
	if c := to.Attrs.Text("compression"); c != "" {
		m = method(c)
	}
	return alter(to, "SET COMPRESSION "+m)
}

func statistics(c *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	n := -1
	if to.Attrs.Has("statistics") {
		n = to.Attrs.Int("statistics")
	}
	return only(c, to, fmt.Sprintf("SET STATISTICS %d", n))
}

func options(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.AlterSettings(sqltext.Format("ALTER TABLE %I ALTER COLUMN %I", table(to), to.Name()), from, to)
}

// fdwOptions are those of a foreign table's column.
func fdwOptions(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	action := catalog.AlterOptions(from.Attrs.Map("fdw_options"), to.Attrs.Map("fdw_options"))
	return catalog.SQL(sqltext.Format("ALTER FOREIGN TABLE %I ALTER COLUMN %I %s", table(to), to.Name(), action))
}
