package column

import (
	"fmt"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

// NOT NULL is a constraint with a name since Postgres 18. Older ones have none of the attributes not_null_….

// notNullText is NOT NULL in the definition of a column, which cannot say that it is not valid.
func notNullText(o *catalog.Object) string {
	if !o.Attrs.Bool("not_null") || o.Attrs.Bool("not_null_not_valid") {
		return ""
	}
	text := " NOT NULL"
	if isNamed(o) {
		text = sqltext.Format(" CONSTRAINT %I NOT NULL", o.Info.Text("not_null"))
	}
	if o.Attrs.Bool("not_null_no_inherit") {
		text += " NO INHERIT"
	}
	return text
}

// ownNotNull is NOT NULL of an inherited column in CREATE TABLE, where the table has it by itself too; "" where it has not.
func ownNotNull(o *catalog.Object) string {
	if !o.Info.Bool("not_null_local") || o.Attrs.Bool("not_null_not_valid") {
		return ""
	}
	text := sqltext.Format("CONSTRAINT %I NOT NULL %I", o.Info.Text("not_null"), o.Name())
	if o.Attrs.Bool("not_null_no_inherit") {
		text += " NO INHERIT"
	}
	return text
}

// isNamed reports whether the constraint's name has to be said: Postgres would choose another one.
func isNamed(o *catalog.Object) bool {
	return o.Attrs.Has("not_null_name") || o.Info.Bool("not_null_shared")
}

// addNotNull is NOT NULL as a constraint of the table.
func addNotNull(o *catalog.Object) []catalog.Statement {
	sql := sqltext.Format("ALTER TABLE %I ADD CONSTRAINT %I NOT NULL %I", table(o), o.Info.Text("not_null"), o.Name())
	if o.Attrs.Bool("not_null_no_inherit") {
		sql += " NO INHERIT"
	}
	if o.Attrs.Bool("not_null_not_valid") {
		return catalog.SQL(sql + " NOT VALID")
	}
	return catalog.With(catalog.SQL(sql), notNullHazards(o)...)
}

func notNullHazards(o *catalog.Object) []catalog.Hazard {
	return []catalog.Hazard{
		{Kind: catalog.Scan, Text: fmt.Sprintf("every row of %s is read; nobody reads or writes meanwhile", sqltext.Ident(table(o)...))},
		{Kind: catalog.Breaks, Text: fmt.Sprintf("fails where %s is null", name(o))},
	}
}

// spreads reports whether a table's NOT NULL is its heirs' too: from 18 on they may have one of their own.
func spreads(from, to *catalog.Object) bool {
	return !from.Info.Bool("not_null_local") && !to.Info.Bool("not_null_local")
}

func notNull(c *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	if !to.Attrs.Bool("not_null") {
		return alter(to, "DROP NOT NULL")
	}
	if isNamed(to) || to.Attrs.Has("not_null_no_inherit") || to.Attrs.Has("not_null_not_valid") {
		return addNotNull(to)
	}
	if c.Online && from.In() != nil {
		return checkedFirst(to)
	}
	return catalog.With(alter(to, "SET NOT NULL"), notNullHazards(to)...)
}

// checkedFirst sets NOT NULL on the strength of a constraint that was validated before: no row is read under the lock
// (Postgres docs, ALTER TABLE).
func checkedFirst(o *catalog.Object) []catalog.Statement {
	check := catalog.OldName(o.Name())
	on := func(action string) []catalog.Statement {
		return catalog.SQL(sqltext.Format("ALTER TABLE %I %s", table(o), action))
	}
	all := on(sqltext.Format("ADD CONSTRAINT %I CHECK (%I IS NOT NULL) NOT VALID", check, o.Name()))
	validate := catalog.With(on(sqltext.Format("VALIDATE CONSTRAINT %I", check)), notNullHazards(o)[1])
	validate[0].Mode = catalog.Later
	all = append(all, validate...)
	all = append(all, alter(o, "SET NOT NULL")...)
	return append(all, on(sqltext.Format("DROP CONSTRAINT %I", check))...)
}

// constraint changes the constraint behind NOT NULL, where there is one before and after.
func constraint(from, to *catalog.Object, action string) []catalog.Statement {
	if from.Attrs.Bool("not_null") != to.Attrs.Bool("not_null") {
		return nil
	}
	return catalog.SQL(sqltext.Format("ALTER TABLE %I %s", table(to), action))
}

func notNullName(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	old, now := from.Info.Text("not_null"), to.Info.Text("not_null")
	if old == now {
		return nil
	}
	return constraint(from, to, sqltext.Format("RENAME CONSTRAINT %I TO %I", old, now))
}

func notNullInherit(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	action := "INHERIT"
	if to.Attrs.Bool("not_null_no_inherit") {
		action = "NO INHERIT"
	}
	return constraint(from, to, sqltext.Format("ALTER CONSTRAINT %I %s", to.Info.Text("not_null"), action))
}

func notNullValid(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Bool("not_null_not_valid") {
		if !from.Attrs.Bool("not_null") {
			return nil
		}
		return append(alter(to, "DROP NOT NULL"), addNotNull(to)...)
	}
	return catalog.With(constraint(from, to, sqltext.Format("VALIDATE CONSTRAINT %I", to.Info.Text("not_null"))), notNullHazards(to)...)
}
