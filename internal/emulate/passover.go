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

// member is the name of a function, or a pattern of path.Match, with the extension that the function belongs to.
type member struct{ name, extension string }

// membersOf returns the functions of an extension as its shim's file lists them.
func membersOf(extension string) []member {
	text, _ := embedded.ReadFile(path.Join("shims", extension, "members"))
	var all []member
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for name := range strings.FieldsSeq(line) {
			all = append(all, member{name, extension})
		}
	}
	return all
}

// memberOf returns the emulated extension that a function belongs to by its name, "" where it is anybody's own.
func (e *Emulator) memberOf(function []string) string {
	bare, qualified := function[len(function)-1], strings.Join(function, ".")
	for _, m := range e.members {
		name := bare
		if strings.Contains(m.name, ".") {
			name = qualified
		}
		if ok, _ := path.Match(m.name, name); ok {
			return m.extension
		}
	}
	return ""
}

// passover returns what is sent for a statement, which is sent as sql otherwise, where it gives rights, a comment or an
// owner to functions that an emulated extension may lack; "" where it does not.
func (e *Emulator) passover(text, sql string) string {
	functions := addressed(sqltext.NewCursor(text))
	if len(functions) == 0 {
		return ""
	}
	extension, schema := e.memberOf(functions[0]), ""
	var names []string
	for _, f := range functions {
		if !e.created[extension] || e.memberOf(f) != extension {
			return ""
		}
		if len(f) > 1 && !slices.Contains(e.own(extension), f[0]) {
			schema = f[0]
		}
		names = append(names, f[len(f)-1])
	}
	return "DO " + sqltext.Literal(sqltext.Format(passoverSQL, sql, extension, schema, strings.Join(names, ", ")))
}

// own are the schemas that an extension makes for itself, wherever it is installed.
func (e *Emulator) own(extension string) []string {
	var all []string
	for _, m := range e.members {
		if schema, _, found := strings.Cut(m.name, "."); found && m.extension == extension {
			all = append(all, schema)
		}
	}
	return all
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
