package emulate

import (
	_ "embed"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// A dump of a project grants on every function of an extension in its schema. A shim has those that projects call: a
// statement about another one is passed over, and told. Whether the shim has it, only the server knows.

//go:embed passover.sql
var passoverSQL string

// members are the functions of emulated extensions.
type members struct {
	named    map[string]string // a function, by its bare name, to its extension
	patterns []pattern
}

// pattern is one of path.Match for the names of an extension's functions; with a dot in it for names with their schema.
type pattern struct{ name, extension string }

// add reads the functions of an extension that its shim's file lists.
func (m *members) add(extension string) {
	text, _ := embedded.ReadFile(path.Join("shims", extension, "members"))
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for name := range strings.FieldsSeq(line) {
			if strings.ContainsAny(name, "*.") {
				m.patterns = append(m.patterns, pattern{name, extension})
			} else {
				m.named[name] = extension
			}
		}
	}
}

// extension returns the emulated extension that a function belongs to by its name, "" where it is anybody's own.
func (m *members) extension(function []string) string {
	bare, qualified := function[len(function)-1], strings.Join(function, ".")
	for _, p := range m.patterns {
		name := bare
		if strings.Contains(p.name, ".") {
			name = qualified
		}
		if ok, _ := path.Match(p.name, name); ok {
			return p.extension
		}
	}
	return m.named[bare]
}

// home reports whether an extension makes a schema for itself, wherever it is installed.
func (m *members) home(extension, schema string) bool {
	return slices.ContainsFunc(m.patterns, func(p pattern) bool {
		own, _, found := strings.Cut(p.name, ".")
		return found && own == schema && p.extension == extension
	})
}

// passover returns what is sent for a statement, which is sent as sql otherwise, where it gives rights, a comment or an
// owner to functions that an emulated extension may lack; "" where it does not.
func (e *Emulator) passover(text, sql string) string {
	functions := addressed(sqltext.NewCursor(text))
	if len(functions) == 0 {
		return ""
	}
	extension, schema := e.members.extension(functions[0]), ""
	var names []string
	for _, f := range functions {
		if !e.created[extension] || e.members.extension(f) != extension {
			return ""
		}
		if len(f) > 1 && !e.members.home(extension, f[0]) {
			schema = f[0]
		}
		names = append(names, f[len(f)-1])
	}
	return "DO " + sqltext.Literal(sqltext.Format(passoverSQL, sql, extension, schema, strings.Join(names, ", ")))
}

// addressed returns the functions that GRANT, REVOKE, COMMENT ON or ALTER … OWNER TO names with their arguments; none for
// any other statement.
func addressed(c sqltext.Cursor) [][]string {
	kinds := []string{"FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"}
	alter := false
	switch {
	case c.TakeAny("GRANT", "REVOKE"):
		for !c.Done() && !c.At("ON") {
			c.Skip()
		}
		c.Take("ON")
	case c.Take("COMMENT", "ON"):
	case c.Take("ALTER"):
		alter = true
	default:
		return nil
	}
	if !c.TakeAny(kinds...) {
		return nil
	}
	var all [][]string
	for {
		name := c.Name()
		if name == nil {
			return nil
		}
		all = append(all, name)
		if c.At("(") {
			c.Skip()
		}
		if !c.Take(",") {
			break
		}
	}
	if alter && !c.Take("OWNER", "TO") {
		return nil
	}
	return all
}

// Notice returns what is told for a notice of SQL that Statement gave out, nil for every other notice.
func (e *Emulator) Notice(n *pgconn.Notice) *finding.Finding {
	if finding.Code(n.Code) != finding.PassedOver {
		return nil
	}
	return &finding.Finding{
		Code: finding.PassedOver, Severity: finding.Note,
		Message: n.Message + " is emulated here without all of its functions: what a dump says of those was passed over",
		Detail:  n.Detail,
	}
}
