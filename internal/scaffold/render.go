package scaffold

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/sqltext"
)

// render executes the text of a template with its values.
func render(text string, data map[string]any) (string, error) {
	t, err := parts()
	if err != nil {
		return "", err
	}
	if t, err = t.Funcs(functions(data)).Parse(text); err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return "", err
	}
	sql := b.String()
	// Branches leave empty lines behind. No value has a line break in it, so this touches the template's text alone.
	for strings.Contains(sql, "\n\n\n") {
		sql = strings.ReplaceAll(sql, "\n\n\n", "\n\n")
	}
	return strings.Trim(sql, "\n") + "\n", nil
}

// functions are what templates call beside the built-in ones.
func functions(data map[string]any) template.FuncMap {
	return template.FuncMap{
		"name":    joinName,                                                                  // name "idx" .table .column: a name made of others, quoted
		"label":   func(parts ...any) string { return quoted(joined("", parts)) },            // label "Users can view " …: a policy's name, always in quotes
		"words":   func(v any) string { return strings.ReplaceAll(plain(v), "_", " ") },      // the words of a name, for a label
		"plain":   func(v any) string { return strings.Join(strings.Fields(plain(v)), " ") }, // a name as it reads in a comment
		"stem":    func(v any) string { return strings.TrimSuffix(plain(v), "_id") },         // partner_id → partner
		"literal": func(v any) string { return sqltext.Literal(plain(v)) },                   // a string literal
		"upper":   func(v any) string { return strings.ToUpper(plain(v)) },                   // keywords
		"keys":    func(i Index) string { return i.SQL() },                                   // the columns of an index
		"lines":   columnLines,                                                               // the columns of a table
		"quote":   func() string { return dollarTag(data) },                                  // a dollar quote that no value holds
	}
}

// joinName joins names with "_" to a name of an index, a constraint, a trigger.
func joinName(parts ...any) string { return sqltext.Ident(shortened(joined("_", parts))) }

// quoted returns a name in quotes.
func quoted(name string) string {
	return `"` + strings.ReplaceAll(shortened(name), `"`, `""`) + `"`
}

// shortened returns a name that Postgres keeps as it is. One that it would cut, so that two could become one, ends in
// a hash instead.
func shortened(name string) string {
	if len(name) <= nameLimit {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return cut(name, nameLimit-9) + "_" + hex.EncodeToString(sum[:4])
}

// cut returns the first n bytes of a longer text, or fewer where a character would be torn.
func cut(text string, n int) string {
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

func joined(with string, parts []any) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = plain(p)
	}
	return strings.Join(texts, with)
}

// plain returns a value as it reads without quotes; of a table, the name without its schema.
func plain(v any) string {
	switch v := v.(type) {
	case Name:
		return v.Name
	case ident:
		return string(v)
	case Index:
		var names []string
		for _, k := range v.Keys {
			names = append(names, k.Column)
		}
		return strings.Join(names, "_")
	default:
		return fmt.Sprint(v)
	}
}

// SQL returns the keys of the index as SQL.
func (i Index) SQL() string {
	keys := make([]string, len(i.Keys))
	for j, k := range i.Keys {
		keys[j] = k.SQL()
	}
	return strings.Join(keys, ", ")
}

func columnLines(columns []Column) string {
	lines := make([]string, len(columns))
	for i, c := range columns {
		lines[i] = "  " + c.SQL()
	}
	return strings.Join(lines, ",\n")
}

// dollarTag returns a dollar quote that stands in none of the values.
func dollarTag(data map[string]any) string {
	values := fmt.Sprint(data)
	for i := 0; ; i++ {
		tag := "$$"
		if i > 0 {
			tag = fmt.Sprintf("$body%d$", i)
		}
		if !strings.Contains(values, tag) {
			return tag
		}
	}
}
