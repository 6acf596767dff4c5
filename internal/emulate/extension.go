package emulate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// createExtension reads CREATE EXTENSION. The platform puts an extension where it belongs whatever SCHEMA says, has the
// versions that it has, and lets postgres create those that take a superuser.
func (e *Emulator) createExtension(text string) *change {
	c := sqltext.NewCursor(text)
	if !c.Take("CREATE", "EXTENSION") {
		return nil
	}
	c.Take("IF", "NOT", "EXISTS")
	named, _ := c.Token()
	name := single(c.Name())
	x, known := e.extensions[name]
	if !known {
		return nil
	}
	made := &change{code: finding.Rewritten, message: name + " is created as the platform does"}
	kept := text[:named.End]
	for c.Take("WITH"); !c.Done(); {
		token, _ := c.Token()
		option := strings.ToUpper(c.Text())
		c.Next()
		value, more := c.Token()
		if !more && option != "CASCADE" {
			return nil
		}
		switch option {
		case "SCHEMA":
			schema := single(c.Name())
			if x.schema != "" && schema != x.schema {
				made.details = append(made.details, fmt.Sprintf("SCHEMA %s was left out: it belongs into %s", sqltext.Ident(schema), sqltext.Ident(x.schema)))
				continue
			}
			kept += " " + text[token.Start:value.End]
		case "VERSION":
			version := strings.Trim(text[value.Start:value.End], `'"`)
			c.Next()
			if !slices.Contains(x.versions, version) {
				made.details = append(made.details, fmt.Sprintf("VERSION %s was left out: the server has %s", version, strings.Join(x.versions, ", ")))
				continue
			}
			kept += " " + text[token.Start:value.End]
		case "CASCADE":
			kept += " CASCADE"
		default:
			return nil // no valid statement: the server says why
		}
	}
	made.then = func(e *Emulator) { e.created[name] = true }
	made.sql = text
	if len(made.details) > 0 {
		made.sql = kept
	}
	if x.limits != "" {
		made.code, made.message = finding.Emulated, e.emulated(name)
	}
	if made.elevate = e.platform && x.superuser && privileged(name); made.elevate {
		made.code, made.message = finding.Escalated, fmt.Sprintf("CREATE EXTENSION %s took a superuser", name)
		if wrapper := wrappers[name]; wrapper != "" {
			made.sql += "\n; GRANT USAGE ON FOREIGN DATA WRAPPER " + wrapper + " TO postgres WITH GRANT OPTION"
		}
	}
	if made.code == finding.Rewritten && len(made.details) == 0 {
		e.created[name] = true
		return nil
	}
	return made
}

// wrappers are the foreign data wrappers that the platform gives to postgres with their extension.
var wrappers = map[string]string{"postgres_fdw": "postgres_fdw", "dblink": "dblink_fdw"}

// alterExtension reads ALTER, DROP and COMMENT ON EXTENSION.
func (e *Emulator) alterExtension(text string) *change {
	c := sqltext.NewCursor(text)
	switch {
	case c.Take("DROP", "EXTENSION"):
		lenient := c.Take("IF", "EXISTS")
		var dropped []string
		for name := single(c.Name()); name != ""; name = single(c.Name()) {
			dropped = append(dropped, name)
			if !c.Take(",") {
				break
			}
		}
		then := func(e *Emulator) {
			for _, name := range dropped {
				if lenient || e.created[name] { // what has to be there and is not was enabled in the dashboard
					e.created[name] = false
				}
			}
		}
		if slices.ContainsFunc(dropped, e.foreign) {
			return &change{
				sql: text, elevate: true, code: finding.Escalated, then: then,
				message: fmt.Sprintf("DROP EXTENSION %s took a superuser", strings.Join(dropped, ", ")),
			}
		}
		then(e)
	case c.Take("ALTER", "EXTENSION"):
		name := single(c.Name())
		if e.platform && privileged(name) && (e.foreign(name) || c.At("SET")) {
			return &change{sql: text, elevate: true, code: finding.Escalated, message: fmt.Sprintf("ALTER EXTENSION %s took a superuser", name)}
		}
		if at, _ := c.Token(); c.Take("UPDATE", "TO") {
			version := strings.Trim(c.Text(), `'"`)
			if x, known := e.extensions[name]; known && !slices.Contains(x.versions, version) {
				return &change{
					sql: text[:at.End], code: finding.Rewritten, message: name + " has the version that the server has",
					details: []string{fmt.Sprintf("TO %s was left out: the server has %s", version, strings.Join(x.versions, ", "))},
				}
			}
		}
	case c.Take("COMMENT", "ON", "EXTENSION"):
		if name := single(c.Name()); e.foreign(name) {
			return &change{sql: text, elevate: true, code: finding.Escalated, message: fmt.Sprintf("COMMENT ON EXTENSION %s took a superuser", name)}
		}
	}
	return nil
}

// foreign reports whether the extension belongs to the superuser once it is created. pg_stat_statements is the
// exception: the platform lays it in postgres' name.
func (e *Emulator) foreign(name string) bool {
	x, known := e.extensions[name]
	return e.platform && known && x.superuser && privileged(name) && name != "pg_stat_statements"
}

// single returns a name of one part, or "".
func single(parts []string) string {
	if len(parts) != 1 {
		return ""
	}
	return parts[0]
}
