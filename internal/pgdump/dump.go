package pgdump

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/sqltext"
)

// Dump is the statements of a schema dump: a set, since their order is pg_dump's own affair. SET and comments are no
// part of it, but where and how a relation is stored is said with the relation.
type Dump struct {
	statements map[string][]string // by the form in which the order of columns does not show
}

// option is one of a foreign object as a dump writes it, or how a subscription connects.
var option = regexp.MustCompile(`(?s)("?)(\w+)("?) '((?:[^']|'')*)'`)

// veiled is a statement without the secrets that options hold, as catalogs are: they are each database's own.
func veiled(statement string) string {
	words := sqltext.Words(statement, 2)
	if len(words) < 2 || words[0] != "CREATE" || !slices.Contains([]string{"SERVER", "USER", "FOREIGN", "SUBSCRIPTION"}, words[1]) {
		return statement
	}
	return option.ReplaceAllStringFunc(statement, func(s string) string {
		part := option.FindStringSubmatch(s)
		head := part[1] + part[2] + part[3] + " "
		switch {
		case words[1] == "SUBSCRIPTION" && part[2] == "CONNECTION":
			return head + sqltext.Literal(secret.Connection(strings.ReplaceAll(part[4], "''", "'")))
		case words[1] != "SUBSCRIPTION":
			return head + sqltext.Literal(secret.Option(part[2], strings.ReplaceAll(part[4], "''", "'")))
		}
		return s
	})
}

// meta is a command to psql, which pg_dump puts around what it writes.
var meta = regexp.MustCompile(`(?m)^\\(?:restrict|unrestrict|connect|encoding)\b.*$`)

// Read reads a schema dump in plain SQL.
func Read(text string) (*Dump, error) {
	for {
		pieces, err := sqltext.Split(text)
		if err == nil {
			return read(text, pieces), nil
		}
		bad, ok := errors.AsType[*sqltext.Error](err)
		if !ok || bad.Problem != sqltext.MetaCommand {
			return nil, fmt.Errorf("read the dump: %w", err)
		}
		at := meta.FindStringIndex(text[bad.Offset:])
		if at == nil || at[0] != 0 {
			return nil, fmt.Errorf("read the dump: %w", err)
		}
		text = text[:bad.Offset] + text[bad.Offset+at[1]:]
	}
}

func read(text string, pieces []sqltext.Piece) *Dump {
	d := &Dump{statements: map[string][]string{}}
	stored := map[string]string{}
	for _, p := range pieces {
		if p.IsEmpty() {
			continue
		}
		statement := veiled(text[p.First:p.To])
		words := sqltext.Words(statement, 2)
		switch {
		case slices.Contains(words[:min(1, len(words))], "SET"):
			set(stored, statement)
			continue
		case strings.HasPrefix(statement, "SELECT pg_catalog.set_config("):
			continue
		}
		key := sqltext.Settled(form(statement))
		if w := where(stored, statement); w != "" {
			statement, key = w+statement, w+key
		}
		d.statements[key] = append(d.statements[key], statement)
	}
	return d
}

// set remembers the settings that say where the next relations are stored.
func set(stored map[string]string, statement string) {
	c := sqltext.NewCursor(statement)
	c.Take("SET")
	name := c.Name()
	if len(name) != 1 || name[0] != "default_tablespace" && name[0] != "default_table_access_method" {
		return
	}
	if !c.Take("=") {
		return
	}
	value := c.Text()
	if value == "''" || value == "heap" {
		value = ""
	}
	stored[name[0]] = value
}

// where says how a relation is stored that a statement makes, nothing where as by default.
func where(stored map[string]string, statement string) string {
	c := sqltext.NewCursor(statement)
	spaced, methodical := false, false
	switch {
	case c.Take("CREATE"):
		c.TakeAny("UNLOGGED", "UNIQUE", "MATERIALIZED")
		methodical = c.At("TABLE") || c.At("VIEW") && strings.HasPrefix(statement, "CREATE MATERIALIZED")
		spaced = methodical || c.At("INDEX")
	case c.Take("ALTER", "TABLE"):
		for ; !c.Done() && !spaced; c.Next() {
			if c.Take("ADD", "CONSTRAINT") {
				c.Name()
				spaced = c.At("PRIMARY") || c.At("UNIQUE") || c.At("EXCLUDE")
			}
		}
	}
	text := ""
	if v := stored["default_tablespace"]; spaced && v != "" {
		text += "SET default_tablespace = " + v + ";\n"
	}
	if v := stored["default_table_access_method"]; methodical && v != "" {
		text += "SET default_table_access_method = " + v + ";\n"
	}
	return text
}

// form is a statement in which the order of what has none does not show: columns and constraints in CREATE TABLE (what
// was added later stands at the end, which nobody can change), options, those of a dictionary among them, the settings of
// a function.
func form(statement string) string {
	c := sqltext.NewCursor(statement)
	alters := c.At("ALTER")
	dictionary := c.Take("CREATE", "TEXT", "SEARCH", "DICTIONARY")
	table := c.Take("CREATE") && (c.TakeAny("UNLOGGED", "FOREIGN") || true) && c.Take("TABLE")
	var b strings.Builder
	done := 0
	if table || dictionary {
		c.Name()
		if c.Take("OF") {
			c.Name()
		}
		if c.At("(") {
			done = sortList(&b, statement, done, &c)
		}
	}
	for ; !c.Done(); c.Next() {
		if c.TakeAny("WITH", "OPTIONS") || alters && c.Take("SET") {
			if c.At("(") {
				done = sortList(&b, statement, done, &c)
			}
		}
	}
	b.WriteString(statement[done:])
	if words := sqltext.Words(statement, 2); len(words) == 2 && (words[1] == "FUNCTION" || words[1] == "PROCEDURE") {
		return sortSettings(b.String())
	}
	return b.String()
}

// sortList writes a statement up to the parenthesis that c stands at, and the list in it sorted; c goes behind it. It
// returns how far it has written.
func sortList(b *strings.Builder, statement string, done int, c *sqltext.Cursor) int {
	open, _ := c.Token()
	last := open
	depth := 0
	for ; !c.Done(); c.Next() {
		last, _ = c.Token()
		if c.At("(") {
			depth++
		} else if c.At(")") {
			if depth--; depth == 0 {
				break
			}
		}
	}
	parts := split(statement[open.End:last.Start])
	slices.Sort(parts)
	b.WriteString(statement[done:open.End] + "\n    " + strings.Join(parts, ",\n    ") + "\n")
	return last.Start
}

// sortSettings sorts the lines SET … of a function, before its body.
func sortSettings(statement string) string {
	head, body, found := strings.Cut(statement, "\n    AS ")
	lines := strings.Split(head, "\n")
	isSet := func(line string) bool { return strings.HasPrefix(line, "    SET ") }
	for i := 0; i < len(lines); i++ {
		from := i
		for i < len(lines) && isSet(lines[i]) {
			i++
		}
		slices.Sort(lines[from:i])
	}
	if head = strings.Join(lines, "\n"); found {
		return head + "\n    AS " + body
	}
	return head
}

// split parts a list at the commas that are in no parentheses.
func split(list string) []string {
	var parts []string
	depth, from := 0, 0
	for t := range sqltext.Tokens(list) {
		if t.Kind != sqltext.Punct {
			continue
		}
		switch list[t.Start:t.End] {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		case ",":
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(list[from:t.Start]))
				from = t.End
			}
		}
	}
	if rest := strings.TrimSpace(list[from:]); rest != "" {
		parts = append(parts, rest)
	}
	return parts
}

// Compare returns the statements that only one of two dumps has, sorted.
func Compare(a, b *Dump) (onlyA, onlyB []string) { return a.without(b), b.without(a) }

func (d *Dump) without(other *Dump) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(d.statements)) {
		mine := d.statements[key]
		if more := len(mine) - len(other.statements[key]); more > 0 {
			all = append(all, mine[:more]...)
		}
	}
	return all
}
