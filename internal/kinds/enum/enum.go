// Package enum is the kind of enumerated types.
package enum

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "enum".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "enum", List: list, Rows: []string{"pg_type e"}, Free: true, Space: space, Address: address,
		Create: create, Drop: drop, Rename: rename, Within: revalued, Aside: aside,
		Rules: map[string]catalog.Rule{
			"values": {Alter: change, Replaces: func(from, to *catalog.Object) bool { return survivors(from, to) == nil }},
		},
	}
}

func space(o *catalog.Object) []string { return []string{"type " + catalog.Path(o.Names...)} }

func address(o *catalog.Object) string { return sqltext.Format("TYPE %I", o.Names) }

func values(o *catalog.Object) []string { return o.Attrs.Texts("values") }

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	labels := make([]string, len(values(o)))
	for i, v := range values(o) {
		labels[i] = sqltext.Literal(v)
	}
	list := strings.Join(labels, ", ")
	if len(list) > 80 {
		list = "\n    " + strings.Join(labels, ",\n    ") + "\n"
	}
	return catalog.SQL(sqltext.Format("CREATE TYPE %I AS ENUM (%s)", o.Names, list))
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("DROP TYPE %I", o.Names))
}

func rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER TYPE %I RENAME TO %I", from.Names, to.Name()))
}

// revalued renames the one value that has another in its place.
func revalued(from, to *catalog.Object) (string, []catalog.Statement) {
	old, now := values(from), values(to)
	if len(old) != len(now) || survivors(from, to) != nil {
		return "", nil
	}
	at := -1
	for i, v := range now {
		switch {
		case v == old[i]:
		case at >= 0 || slices.Contains(old, v) || slices.Contains(now, old[i]):
			return "", nil
		default:
			at = i
		}
	}
	sql := sqltext.Format("ALTER TYPE %I RENAME VALUE %L TO %L", to.Names, old[at], now[at])
	return sqltext.Format("value %L to %L", old[at], now[at]), catalog.SQL(sql)
}

func aside(c *catalog.Context, o *catalog.Object) (away, drop []catalog.Statement) {
	spare := c.Spare(o)
	return catalog.SQL(sqltext.Format("ALTER TYPE %I RENAME TO %I", o.Names, spare[1])),
		catalog.SQL(sqltext.Format("DROP TYPE %I", spare))
}

// change renames values that are only spelled otherwise, and adds those that came.
func change(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	old, now, was := values(from), values(to), survivors(from, to)
	var all []catalog.Statement
	for i, v := range now {
		if was[i] != came && old[was[i]] != v {
			all = append(all, catalog.Statement{SQL: sqltext.Format("ALTER TYPE %I RENAME VALUE %L TO %L", to.Names, old[was[i]], v)})
		}
	}
	stays := func(w int) bool { return w != came }
	for i, v := range now {
		if was[i] != came {
			continue
		}
		sql := sqltext.Format("ALTER TYPE %I ADD VALUE %L", to.Names, v)
		switch next := slices.IndexFunc(was[i:], stays); {
		case next < 0: // behind all that are there
		case i > 0:
			sql += sqltext.Format(" AFTER %L", now[i-1])
		default:
			sql += sqltext.Format(" BEFORE %L", now[next])
		}
		all = append(all, catalog.Statement{SQL: sql, Mode: catalog.Commits})
	}
	return all
}

// came stands for a value that was not there.
const came = -1

// survivors returns for each value that shall be which one it is now; nil where one would go or change places, which no
// statement does. A value counts as renamed if it is only spelled otherwise (In Progress, in_progress): any other
// cannot be told from one removed and one added, and rows would silently mean something new.
func survivors(from, to *catalog.Object) []int {
	old, now := values(from), values(to)
	was := make([]int, len(now))
	next := 0
	for i, v := range now {
		was[i] = came
		if next < len(old) && (v == old[next] || respelled(old[next], v) && !slices.Contains(now, old[next]) && !slices.Contains(old, v)) {
			was[i] = next
			next++
		}
	}
	if next < len(old) {
		return nil
	}
	return was
}

func respelled(a, b string) bool {
	plain := strings.NewReplacer(" ", "", "_", "", "-", "")
	return plain.Replace(strings.ToLower(a)) == plain.Replace(strings.ToLower(b))
}
