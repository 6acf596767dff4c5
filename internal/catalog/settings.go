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

// AlterDepends returns the statements that begin with alter and take the attribute "depends", the extensions with which an
// object goes, from one object's to another's. from may be nil.
func AlterDepends(alter string, from, to *Object) []Statement {
	var old []string
	if from != nil {
		old = from.Attrs.Texts("depends")
	}
	now := to.Attrs.Texts("depends")
	var all []Statement
	add := func(some, others []string, words string) {
		for _, name := range some {
			if !slices.Contains(others, name) {
				all = append(all, Statement{SQL: alter + words + " DEPENDS ON EXTENSION " + sqltext.Ident(name)})
			}
		}
	}
	add(old, now, " NO")
	add(now, old, "")
	return all
}

// quoted are the parameters whose value is a list of names, each quoted by itself (GUC_LIST_QUOTE in Postgres' source).
var quoted = []string{
	"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces",
	"unix_socket_directories",
}

// SettingName writes the name of a parameter of the server's as SET takes it.
func SettingName(name string) string { return sqltext.Ident(strings.Split(name, ".")...) }

// WriteSetting writes a parameter and its value, as catalogs hold them ("search_path", `"$user", public`), as SET takes
// them.
func WriteSetting(name, value string) string {
	if !slices.Contains(quoted, strings.ToLower(name)) {
		return SettingName(name) + sqltext.Format(" TO %L", value)
	}
	var list []string
	for _, element := range elements(value) {
		if element == "" {
			list = append(list, "''")
		} else {
			list = append(list, sqltext.Ident(element))
		}
	}
	if list == nil {
		list = []string{"''"}
	}
	return SettingName(name) + " TO " + strings.Join(list, ", ")
}

// elements parts a list of names: with commas between them, in double quotes where they have to be.
func elements(value string) []string {
	var all []string
	for rest := strings.TrimSpace(value); rest != ""; {
		var element string
		if rest[0] == '"' {
			end := 1
			for end < len(rest) && (rest[end] != '"' || strings.HasPrefix(rest[end+1:], `"`)) {
				if rest[end] == '"' {
					end++
				}
				end++
			}
			element = strings.ReplaceAll(rest[1:min(end, len(rest))], `""`, `"`)
			_, rest, _ = strings.Cut(rest[min(end+1, len(rest)):], ",")
		} else {
			element, rest, _ = strings.Cut(rest, ",")
			element = strings.ToLower(strings.TrimSpace(element))
		}
		all = append(all, element)
		rest = strings.TrimSpace(rest)
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
