// Package planner writes the SQL that takes a database from one catalog to another. It knows no kind of object by name:
// what each needs is said by pg_depend, what each takes by its kind.
//
// Changes become actions on single objects, a graph says which has to be before which, and only then are actions folded
// into statements as a person would write them. So cycles that Postgres allows (two tables that refer to each other, a
// default that calls a function over its own table) never form.
package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

// Options say for whom a plan is made. The zero value of a field leaves it out.
type Options struct {
	Server   int    // server_version_num of the target; 0 is that of the catalog From
	Role     string // who runs the plan; "" is who read From
	Database string // the target's name, where a statement has to name it; "" is that of From
	Online   bool   // the database is in use
	Ranked   bool   // ordered by kinds, as pg_dump does, not by objects

	// Leave says which objects are left as they are, however they differ; nil leaves none.
	Leave func(*catalog.Object) bool
}

// Plan is statements that make one catalog of another.
type Plan struct {
	Steps []Step
}

// Step is a statement with the object that it is about.
type Step struct {
	catalog.Statement
	Verb   string // what is done to the object: create, alter, drop, aside, follow, rename
	Object catalog.ID
	Group  catalog.ID   // the object that this one is part of: the table of a column
	Made   []catalog.ID // what it makes besides, folded into it
	Blind  bool         // its body names what comes later: it runs with check_function_bodies off
	Was    catalog.ID   // of a rename: what it was called
}

// Sets reports whether the step is none of the plan's, but sets how those behind it are run.
func (s Step) Sets() bool { return s.Object == (catalog.ID{}) }

// Unit is steps that go together: one transaction, or one statement that takes none.
type Unit struct {
	Steps []Step
	Alone bool
}

// IsEmpty reports whether there is nothing to do.
func (p *Plan) IsEmpty() bool { return len(p.Steps) == 0 }

// SQL returns the statements as one text.
func (p *Plan) SQL() string {
	var b strings.Builder
	for _, s := range sighted(p.Steps) {
		b.WriteString(s.SQL + ";\n")
	}
	return b.String()
}

// Hazards returns those of all steps, of one sort.
func (p *Plan) Hazards(kind catalog.HazardKind) []catalog.Hazard {
	var all []catalog.Hazard
	for _, s := range p.Steps {
		for _, h := range s.Hazards {
			if h.Kind == kind {
				all = append(all, h)
			}
		}
	}
	return all
}

// New plans. The error is a *CycleError, or says that a kind has no rule for what changed: a mistake of ours.
func New(from, to *catalog.Catalog, o Options) (*Plan, error) {
	c := &catalog.Context{Server: o.Server, Role: o.Role, Database: o.Database, From: from, To: to, Online: o.Online}
	if c.Server == 0 {
		c.Server = from.Server
	}
	if c.Role == "" {
		c.Role = from.Role
	}
	if c.Database == "" {
		c.Database = from.Database
	}
	w := &work{Context: c, changes: map[catalog.ID]*change{}, leave: o.Leave}
	c.Makes = w.makes
	if err := w.decide(); err != nil {
		return nil, err
	}
	g := w.graph()
	plan, err := g.order(o.Ranked)
	if err != nil {
		return nil, err
	}
	for i, s := range plan.Steps {
		plan.Steps[i].SQL = sqltext.Faithful(s.SQL)
	}
	plan.blind(to)
	return plan, nil
}

// Units parts a plan where a transaction has to end.
func (p *Plan) Units(needs func(catalog.ID) []catalog.Need) []Unit {
	var all []Unit
	held := map[catalog.ID]bool{} // what can be used only once it is committed
	uses := func(id catalog.ID) bool {
		return held[id] || slices.ContainsFunc(needs(id), func(n catalog.Need) bool { return held[n.On] })
	}
	last := catalog.Alone
	for _, s := range p.Steps {
		fresh := last == catalog.Alone || last == catalog.Later || s.Mode == catalog.Alone || s.Mode == catalog.Later ||
			s.Mode != catalog.Commits && (uses(s.Object) || slices.ContainsFunc(s.Made, uses) || names(s.Body, held))
		if fresh {
			all = append(all, Unit{Alone: s.Mode == catalog.Alone})
			clear(held)
		}
		unit := &all[len(all)-1]
		unit.Steps = append(unit.Steps, s)
		if s.Mode == catalog.Commits {
			held[s.Object] = true
		}
		last = s.Mode
	}
	for i, u := range all {
		if !u.Alone {
			all[i].Steps = sighted(u.Steps)
		}
	}
	return all
}

// names reports whether a body has the names of one of the objects in it.
func names(body string, held map[catalog.ID]bool) bool {
	if body == "" || len(held) == 0 {
		return false
	}
	words := tokens(body)
	for id := range held {
		name := tokens(id.Path)
		if len(name) > 0 && slices.Contains(words, name[len(name)-1]) {
			return true
		}
	}
	return false
}

// CycleError is objects of which each needs the next to be there first, the last the first.
type CycleError struct {
	Objects []catalog.ID
}

// Error names the objects.
func (e *CycleError) Error() string {
	names := make([]string, len(e.Objects))
	for i, id := range e.Objects {
		names[i] = id.String()
	}
	return "objects that need each other: " + strings.Join(names, " → ")
}

// noRule is the error for a change that a kind does not know: its list says more than its rules.
func noRule(o *catalog.Object, attr string) error {
	return fmt.Errorf("the kind %s has no rule for the attribute %q of %s", o.Kind, attr, o.Path)
}
