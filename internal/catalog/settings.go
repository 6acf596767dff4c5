package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// Settings returns what has to be set and what to be reset to make to of from; the names to reset are sorted.
func Settings(from, to map[string]string) (set map[string]string, reset []string) {
	for name, value := range to {
		if old, ok := from[name]; !ok || old != value {
			if set == nil {
				set = map[string]string{}
			}
			set[name] = value
		}
	}
	for name := range from {
		if _, ok := to[name]; !ok {
			reset = append(reset, name)
		}
	}
	slices.Sort(reset)
	return set, reset
}

// WriteSettings writes storage parameters as WITH and SET take them, sorted. Their names are words, which may have
// "toast." before them.
func WriteSettings(m map[string]string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, sqltext.Format("%s = %L", name, m[name]))
	}
	return strings.Join(list, ", ")
}

// AlterSettings returns the statements that begin with alter and take the attribute "options" from one object's to
// another's.
func AlterSettings(alter string, from, to *Object) []Statement {
	set, reset := Settings(from.Attrs.Map("options"), to.Attrs.Map("options"))
	var all []Statement
	if set != nil {
		all = append(all, Statement{SQL: alter + " SET (" + WriteSettings(set) + ")"})
	}
	if reset != nil {
		all = append(all, Statement{SQL: alter + " RESET (" + strings.Join(reset, ", ") + ")"})
	}
	return all
}
