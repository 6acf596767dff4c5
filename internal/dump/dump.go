// Package dump writes what a database holds as SQL: its schema, in pg_dump's order, its rows, its roles.
package dump

import (
	"fmt"
	"io"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/sqltext"
)

// Schema is a dump of what a database consists of. From, To and Role must be set.
type Schema struct {
	From *catalog.Catalog // what the database that the dump is loaded into holds before: next to nothing, or the platform
	To   *catalog.Catalog // what is dumped
	Role string           // who loads it: what belongs to this role needs no word about its owner
	Scope

	Headings   bool // a comment before each object says what it is
	ByObject   bool // what is on an object follows it, as a person would write it; else in pg_dump's order, by kinds
	Idempotent bool // it can be loaded where it was loaded before
}

// settings are what a dump is loaded with.
const settings = `SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
`

// schemaSettings go on for a schema: names are qualified, and the bodies of functions may name what comes later.
const schemaSettings = `SET check_function_bodies = false;
SET xmloption = content;
SELECT pg_catalog.set_config('search_path', '', false);
`

// Plan returns the statements: those that make what is in scope, and none that drops anything.
func (s Schema) Plan() (*planner.Plan, error) {
	plan, err := planner.New(s.From, s.To, planner.Options{Server: s.To.Server, Role: s.Role, Ranked: !s.ByObject})
	if err != nil {
		return nil, err
	}
	w := &within{Scope: s.Scope, from: s.From, to: s.To}
	some := &planner.Plan{}
	for _, step := range plan.Steps {
		if (step.Verb != "drop" || s.To.Objects[step.Object] != nil) && w.holds(step) {
			some.Steps = append(some.Steps, step)
		}
	}
	return some, nil
}

// Write writes the statements of a plan that Plan returned.
func (s Schema) Write(out io.Writer, plan *planner.Plan) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "-- Dumped from Postgres %d by cairn, to be loaded as the role %s.\n", s.To.Server/10000, sqltext.Ident(s.Role))
	if s.Roles {
		b.WriteString("-- No passwords are in it: ALTER ROLE … PASSWORD gives the roles new ones.\n\n" + settings)
	} else {
		b.WriteString("\n" + settings + schemaSettings)
	}
	Statements(b, plan, s.Headings, s.Idempotent)
	_, err := io.WriteString(out, b.String())
	return err
}

// Statements writes the steps of a plan as a person would: what belongs together stands together, and a blank line sets
// off what takes several lines or is of another object.
func Statements(b *strings.Builder, plan *planner.Plan, headings, idempotent bool) {
	if idempotent {
		plan = Idempotent(plan)
	}
	var last catalog.ID
	long := true
	for _, step := range plan.Steps {
		lines := strings.Contains(step.SQL, "\n")
		if step.Group != last || lines || long {
			b.WriteByte('\n')
		}
		if headings && step.Group != last {
			fmt.Fprintf(b, "--\n-- %s\n--\n\n", oneLine(step.Group.String()))
		}
		for _, h := range step.Hazards {
			if h.Kind == catalog.Secret {
				fmt.Fprintf(b, "-- %s: %s\n", h.Kind, oneLine(h.Text))
			}
		}
		b.WriteString(step.SQL)
		b.WriteString(";\n")
		last, long = step.Group, lines
	}
}

// oneLine keeps a name from ending the comment that it stands in.
func oneLine(text string) string {
	return strings.NewReplacer("\n", " ", "\r", " ").Replace(text)
}
