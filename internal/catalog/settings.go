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

// WriteOptions writes the options of foreign objects as CREATE takes them: "OPTIONS (host 'x')", "" where there are none.
func WriteOptions(m map[string]string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, sqltext.Format("%I %L", name, m[name]))
	}
	if list == nil {
		return ""
	}
	return "OPTIONS (" + strings.Join(list, ", ") + ")"
}

// AlterOptions writes what makes one set of options of foreign objects of another.
func AlterOptions(from, to map[string]string) string {
	set, gone := Settings(from, to)
	var list []string
	for _, name := range gone {
		list = append(list, sqltext.Format("DROP %I", name))
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		word := "ADD"
		if _, ok := from[name]; ok {
			word = "SET"
		}
		list = append(list, sqltext.Format("%s %I %L", word, name, set[name]))
	}
	return "OPTIONS (" + strings.Join(list, ", ") + ")"
}

// secretWords are what the names of options have in them whose values nobody should see.
var secretWords = []string{"password", "passwd", "passcode", "secret", "token", "key", "credential"}

// Secrets marks what the statements hold of options that are secrets, so that output can mask them: those with such a name.
func Secrets(all []Statement, options map[string]string) []Statement {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if options[name] == "" || !slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(strings.ToLower(name), w) }) {
			continue
		}
		for i := range all {
			if text := sqltext.Literal(options[name]); strings.Contains(all[i].SQL, text) {
				all[i].Secrets = append(all[i].Secrets, text)
			}
		}
	}
	return all
}
