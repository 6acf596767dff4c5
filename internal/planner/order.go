package planner

import (
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
)

// ordering places actions one after the other. An action is open from when it is begun until it stands.
type ordering struct {
	*graph
	ranked bool
	plan   *Plan
	later  []Step // behind everything else
	stack  []*action
	err    error
}

// order places all actions: each behind what it needs, and otherwise as they are sorted.
func (g *graph) order(ranked bool) (*Plan, error) {
	o := &ordering{graph: g, ranked: ranked, plan: &Plan{}}
	actions := g.actions
	if ranked {
		actions = slices.Clone(actions)
		slices.SortStableFunc(actions, func(a, b *action) int { return a.kind.Rank - b.kind.Rank })
	}
	for _, a := range actions {
		if !o.visit(a) {
			return nil, o.err
		}
	}
	o.plan.Steps = append(o.plan.Steps, o.later...)
	return o.plan, nil
}

// visit places an action, and what has to be before it first. What is needed by something that it needs itself is only
// declared, where it can be. It reports false where that is a cycle.
func (o *ordering) visit(a *action) bool {
	if a.placed {
		return true
	}
	if len(o.stack) > 0 && a.kind.Shell != nil && a.verb == create && slices.Contains(a.before, o.stack[len(o.stack)-1]) {
		return o.declare(a)
	}
	if a.open {
		o.err = o.cycle(a)
		return false
	}
	if up := o.creates[a.object().Parent]; a.verb == create && up != nil && !up.open && !up.placed {
		if !o.visit(up) { // which may fold it
			return false
		}
		if a.placed {
			return true
		}
	}
	o.begin(a)
	for _, b := range a.before {
		if !o.visit(b) {
			return false
		}
	}
	steps := o.steps(a)
	if o.err != nil {
		return false
	}
	o.end(a)
	now := slices.IndexFunc(steps, func(s Step) bool { return s.Mode == catalog.Later })
	if now < 0 {
		now = len(steps)
	}
	o.plan.Steps, o.later = append(o.plan.Steps, steps[:now]...), append(o.later, steps[now:]...)
	if a.verb == create && !o.ranked {
		return o.trail(a)
	}
	return true
}

// declare makes a shell of what cannot be made yet. It is completed at its own place.
func (o *ordering) declare(a *action) bool {
	if a.declared {
		return true
	}
	a.declared = true
	for _, b := range a.before {
		if b.verb == create && b.id() != a.to.Parent || b.open {
			continue
		}
		if !o.visit(b) {
			return false
		}
	}
	for _, s := range a.kind.Shell(o.Context, a.to) {
		o.plan.Steps = append(o.plan.Steps, Step{Statement: s, Verb: words[create], Object: a.id(), Group: group(a.to).ID})
	}
	return true
}

func (o *ordering) begin(a *action) {
	a.open = true
	o.stack = append(o.stack, a)
}

func (o *ordering) end(a *action) {
	a.open, a.placed = false, true
	o.stack = o.stack[:len(o.stack)-1]
}

func (o *ordering) cycle(a *action) error {
	e := &CycleError{}
	for _, b := range o.stack[slices.Index(o.stack, a):] {
		e.Objects = append(e.Objects, b.id())
	}
	return e
}

// trail places what is on an object that was just made, as far as nothing open is needed for it.
func (o *ordering) trail(a *action) bool {
	for _, c := range o.children[a.id()] {
		if c.kind.Free || c.placed || o.blocked(c, nil, nil) {
			continue
		}
		if !o.visit(c) {
			return false
		}
	}
	return true
}

// blocked reports whether an action needs, by way of others, one that is open, or is folded into one that is. It may
// need directly what is folded into the same statement: whole, of which parent is itself a part.
func (o *ordering) blocked(a, parent, whole *action) bool {
	seen := map[*action]bool{}
	var look func(x *action) bool
	look = func(x *action) bool {
		if x.placed || seen[x] {
			return false
		}
		seen[x] = true
		for _, b := range x.before {
			if x == a && (b == parent || b.into != nil && b.into == whole) {
				continue
			}
			if b.open || b.into != nil && b.into.open || look(b) {
				return true
			}
		}
		return false
	}
	return a.open || look(a)
}

// steps are the statements of an action.
func (o *ordering) steps(a *action) []Step {
	var statements []catalog.Statement
	var made []catalog.ID
	fresh := a.verb == create && !a.kind.Satellite
	switch {
	case a.verb == create && a.from != nil && a.to == nil: // born, and not wanted
		statements = a.kind.Drop(o.Context, a.from)
	case a.verb == create && a.from != nil: // born, and wanted otherwise
		statements = o.altered(a, a.from, a.to, nil)
	case a.verb == create && a.model != nil:
		statements = o.altered(a, a.model, a.to, nil)
		if a.kind.Finish != nil {
			statements = append(statements, a.kind.Finish(o.Context, a.to)...)
		}
	case a.verb == create:
		var parts []string
		var finish []catalog.Statement
		parts, finish, made = o.fold(a, a)
		if a.kind.Create != nil {
			statements = a.kind.Create(o.Context, a.to, parts)
		}
		if a.kind.Finish != nil {
			statements = append(statements, a.kind.Finish(o.Context, a.to)...)
		}
		statements = append(statements, finish...)
	case a.verb == drop && a.change.aside:
		_, statements = a.kind.Aside(o.Context, a.from)
	case a.verb == drop:
		statements = a.kind.Drop(o.Context, a.from)
	case a.verb == replace:
		statements, _ = a.kind.Aside(o.Context, a.from)
	case a.verb == follow:
		if !slices.Contains(a.spread, a.kind.FollowAs) {
			for _, needed := range a.change.after {
				statements = append(statements, a.kind.Follow(o.Context, a.to, needed)...)
			}
		}
		statements = append(statements, o.altered(a, a.from, a.to, append(slices.Clone(a.spread), a.kind.FollowAs))...)
	case a.verb == alter:
		statements = o.altered(a, a.from, a.to, a.spread)
	}
	done := a.verb
	if done == create && a.change.born != nil {
		done = alter
	}
	root := a.group
	isNew := o.creates[root.ID] != nil
	var all []Step
	for _, s := range statements {
		if slices.ContainsFunc(all, func(b Step) bool { return b.SQL == s.SQL }) {
			continue
		}
		if isNew && a.verb != drop {
			s.Hazards = slices.DeleteFunc(slices.Clone(s.Hazards), func(h catalog.Hazard) bool { return h.Kind != catalog.Exposes && h.Kind != catalog.Secret })
		}
		step := Step{Statement: s, Verb: words[done], Object: a.id(), Group: root.ID}
		if fresh && len(all) == 0 {
			step.Made = made
		}
		all = append(all, step)
	}
	return all
}

// words are the verbs as a plan shows them.
var words = map[verb]string{create: "create", drop: "drop", alter: "alter", replace: "aside", follow: "follow"}

// altered are the statements that change attributes, but for those that are done already.
func (o *ordering) altered(a *action, from, to *catalog.Object, done []string) []catalog.Statement {
	attrs := from.Differing(to)
	for _, attr := range attrs {
		for _, lost := range a.kind.Rules[attr].Resets {
			if slices.Contains(attrs, lost) || to.Attrs.Has(lost) {
				attrs = append(slices.DeleteFunc(slices.Clone(attrs), func(name string) bool { return name == lost }), lost)
			}
		}
	}
	var all []catalog.Statement
	for _, attr := range attrs {
		if slices.Contains(done, attr) {
			continue
		}
		rule := a.kind.Rules[attr]
		if rule.Alter == nil {
			o.err = noRule(from, attr)
			return nil
		}
		all = append(all, rule.Alter(o.Context, from, to)...)
	}
	return all
}

// fold takes the children of an object that is made into the statement that makes whole: those whose kinds allow it, and
// that need nothing which comes later.
func (o *ordering) fold(a, whole *action) (parts []string, finish []catalog.Statement, made []catalog.ID) {
	for _, c := range o.children[a.id()] {
		if c.kind.Inline == nil || c.placed || c.from != nil || o.blocked(c, a, whole) || c.kind.Inline(o.Context, c.to, nil) == "" {
			continue
		}
		o.begin(c)
		for _, b := range c.before {
			if b != a && b.into != whole && !o.visit(b) {
				return nil, nil, nil
			}
		}
		sub, later, inner := o.fold(c, whole)
		o.end(c)
		c.into = whole
		parts = append(parts, c.kind.Inline(o.Context, c.to, sub))
		if c.kind.Finish != nil {
			finish = append(finish, c.kind.Finish(o.Context, c.to)...)
		}
		finish = append(finish, later...)
		made = append(append(made, c.to.ID), inner...)
	}
	return parts, finish, made
}
