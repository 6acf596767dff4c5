package planner

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
)

// action is one thing that is done to one object.
type action struct {
	verb     verb // create, drop, alter, follow; replace is an object put aside
	from, to *catalog.Object
	kind     *catalog.Kind
	change   *change
	before   []*action       // what has to be done before
	model    *catalog.Object // what makes the object, by a tie
	spread   []string        // attributes that are altered with what the object is tied to

	group    *catalog.Object // what the object is part of in the end
	position int             // among the parts of that
	index    int             // in the order in which a person would read

	placed, open, declared bool
	into                   *action // whose statement it is folded into
}

func (a *action) id() catalog.ID {
	if a.to != nil {
		return a.to.ID
	}
	return a.from.ID
}

func (a *action) object() *catalog.Object {
	if a.to != nil {
		return a.to
	}
	return a.from
}

// graph is all actions and what has to be before what.
type graph struct {
	*work
	actions  []*action
	creates  map[catalog.ID]*action
	drops    map[catalog.ID]*action // also of what goes with something else: that one's
	alters   map[catalog.ID]*action
	asides   map[catalog.ID]*action
	spreads  map[catalog.ID][]*action // alters of other objects that alter this one too
	children map[catalog.ID][]*action // creates, by the parent's ID
	ties     map[string]map[catalog.ID][]*action
	called   map[string][]*action // drops, by what SQL calls their objects; nil until asked for
}

func (w *work) graph() *graph {
	g := &graph{
		work: w, creates: map[catalog.ID]*action{}, drops: map[catalog.ID]*action{}, alters: map[catalog.ID]*action{},
		asides: map[catalog.ID]*action{}, spreads: map[catalog.ID][]*action{}, children: map[catalog.ID][]*action{},
		ties: map[string]map[catalog.ID][]*action{},
	}
	for id, c := range w.changes {
		k := w.kind(cmp.Or(c.to, c.from))
		add := func(m map[catalog.ID]*action, v verb) *action {
			o := cmp.Or(c.to, c.from)
			a := &action{verb: v, from: c.from, to: c.to, kind: k, change: c, group: group(o), position: o.Info.Int("position")}
			m[id] = a
			g.actions = append(g.actions, a)
			return a
		}
		switch c.verb {
		case create:
			add(g.creates, create).from = cmp.Or(c.born, c.from)
		case drop:
			add(g.drops, drop).to = nil
			if c.aside {
				add(g.asides, replace)
			}
		case alter, follow:
			add(g.alters, c.verb)
		case replace:
			add(g.drops, drop).to = nil
			add(g.creates, create).from = c.born
			if c.aside {
				add(g.asides, replace)
			}
		}
	}
	g.imply()
	g.merge()
	for _, a := range slices.Clone(g.actions) {
		g.link(a)
		g.linkTies(a)
	}
	slices.SortFunc(g.actions, g.compare)
	for i, a := range g.actions {
		a.index = i
	}
	for _, a := range g.actions {
		if a.verb == create {
			g.children[a.object().Parent] = append(g.children[a.object().Parent], a)
		}
		slices.SortFunc(a.before, func(b, c *action) int { return b.index - c.index })
		a.before = slices.Compact(a.before)
	}
	return g
}

// imply takes out the drops of what goes with something else that is dropped.
func (g *graph) imply() {
	whose := map[catalog.ID]catalog.ID{}
	own := map[catalog.ID]*action{}
	for id := range g.drops {
		for _, n := range g.From.Needs(id) {
			if n.Auto && g.drops[n.On] != nil && g.holds(id, n) && !g.goesWith(n.On, id, whose) {
				whose[id] = n.On
				own[id] = g.drops[id]
				break
			}
		}
	}
	parts := slices.SortedFunc(maps.Keys(whose), catalog.ID.Compare)
	for _, id := range parts {
		last := id
		for next, ok := whose[last]; ok; next, ok = whose[last] {
			last = next
		}
		g.drops[id] = g.drops[last]
	}
	g.untie(parts, own)
	gone := map[*action]bool{}
	for id, a := range own {
		gone[a] = g.drops[id] != a
	}
	g.actions = slices.DeleteFunc(g.actions, func(a *action) bool { return gone[a] })
}

// untie orders the drops by what goes with them: a table's foreign key goes with the table, and needs another one. What
// would have two of them wait for each other is dropped by itself, and so is what would keep something until its whole,
// which is put aside, goes in the end, or would be in the way of an alter.
func (g *graph) untie(parts []catalog.ID, own map[catalog.ID]*action) {
	waits := map[*action][]*action{} // a drop, and those before it since they are of what needs it, or what goes with it
	for id, b := range g.drops {
		for _, n := range g.From.Needed(id) {
			c := g.drops[n.On]
			if c != nil && c != b && c.id() == n.On && n.Tie == (catalog.ID{}) && !n.Auto && !slices.Contains(waits[b], c) {
				waits[b] = append(waits[b], c)
			}
		}
	}
	var reaches func(a, b *action, seen map[*action]bool) bool
	reaches = func(a, b *action, seen map[*action]bool) bool { // a has to be before b
		if a == b {
			return true
		}
		if seen[b] {
			return false
		}
		seen[b] = true
		then := func(c *action) bool { return reaches(a, c, seen) }
		return slices.ContainsFunc(b.before, then) || slices.ContainsFunc(waits[b], then)
	}
	for _, id := range parts {
		whole := g.drops[id]
		for _, n := range g.From.Needs(id) {
			if b := g.alters[n.On]; b != nil && n.Tie == (catalog.ID{}) && g.inTheWay(b.change, own[id].from) {
				whole.before = append(whole.before, own[id])
				g.drops[id] = own[id]
				break
			}
			other := g.drops[n.On]
			if n.Auto || n.Tie != (catalog.ID{}) && !g.isOwn(id, n) || other == nil || other == whole {
				continue
			}
			bound := own[id].kind.Bound
			stays := whole.change.aside && !other.change.aside && (bound == nil || !bound(own[id].from))
			if !stays && !reaches(other, whole, map[*action]bool{}) {
				other.before = append(other.before, whole)
				continue
			}
			whole.before = append(whole.before, own[id])
			other.before = append(other.before, own[id])
			g.drops[id] = own[id]
			break
		}
	}
}

// goesWith reports whether a goes with b already, by way of others.
func (g *graph) goesWith(a, b catalog.ID, whose map[catalog.ID]catalog.ID) bool {
	for next, ok := whose[a]; ok; next, ok = whose[next] {
		if next == b {
			return true
		}
	}
	return false
}

// rivals are the drops of what the definition of an object could be taken to mean, were it still there.
func (g *graph) rivals(a *action) []*action {
	if g.called == nil {
		g.called = map[string][]*action{}
		for _, b := range g.drops {
			if called := b.kind.Called; b.change.verb == drop && called != nil {
				g.called[called(b.from)] = append(g.called[called(b.from)], b)
			}
		}
	}
	if len(g.called) == 0 || a.to == nil {
		return nil
	}
	var all []*action
	for _, n := range g.To.Needs(a.id()) {
		if o := g.To.Objects[n.On]; o != nil && g.kind(o).Called != nil {
			all = append(all, g.called[g.kind(o).Called(o)]...)
		}
	}
	return all
}

// link says what has to be done before an action, or what it has to be done before.
func (g *graph) link(a *action) {
	id := a.id()
	after := func(b *action) {
		if b != nil && b != a {
			a.before = append(a.before, b)
		}
	}
	then := func(b *action) {
		if b != nil && b != a {
			b.before = append(b.before, a)
		}
	}
	needs := g.To.Needs(id)
	if a.verb == create && a.to == nil { // a born satellite that shall not be there
		needs = []catalog.Need{{On: a.from.Parent}}
		if a.kind.Needs != nil {
			for _, on := range a.kind.Needs(a.from) {
				needs = append(needs, catalog.Need{On: on})
			}
		}
	}
	switch a.verb {
	case create:
		for _, n := range needs {
			if n.Tie != (catalog.ID{}) && (!g.atOnce(n.Tie) || g.isMerged(id, n)) || g.comesWith(a, n) {
				continue
			}
			after(g.creates[n.On])
			after(g.alters[n.On])
			for _, b := range g.spreads[n.On] {
				after(b)
			}
		}
		for _, n := range g.To.Needed(id) { // what is made on the side is in something
			if g.creates[n.On] == a && n.On != id {
				after(g.creates[g.To.Objects[n.On].Parent])
			}
		}
		after(g.out(id))
		if a.change.aside {
			then(g.drops[id])
		}
		g.linkSpace(a, after)
		for _, b := range g.rivals(a) {
			after(b)
		}
		if a.kind.Shuns != nil && a.to != nil {
			for _, id := range a.kind.Shuns(g.Context, a.to) {
				after(g.drops[id])
			}
		}
	case drop:
		for _, n := range g.From.Needs(id) {
			if n.Tie != (catalog.ID{}) {
				if g.isOwn(id, n) {
					then(g.drops[n.On])
				}
				continue
			}
			then(g.drops[n.On])
			if !a.change.aside {
				then(g.asides[n.On]) // its own name may hold the other's
			}
			for _, b := range append(slices.Clone(g.spreads[n.On]), g.alters[n.On]) {
				if b != nil && g.inTheWay(b.change, a.from) {
					then(b)
				}
			}
		}
	case alter, follow:
		for _, n := range needs {
			if n.Tie == (catalog.ID{}) {
				after(g.creates[n.On])
				after(g.alters[n.On])
			}
		}
		for _, n := range g.From.Needs(id) {
			if n.Tie == (catalog.ID{}) {
				then(g.drops[n.On])
			}
		}
	case replace: // put aside
		then(g.drops[id])
		for _, n := range g.From.Needs(id) {
			then(g.asides[n.On])
		}
	}
}

// out is what takes the old form of an object out of the way: its drop, or that of what it is part of, unless it is put
// aside first.
func (g *graph) out(id catalog.ID) *action {
	a := g.drops[id]
	if a != nil && a.change.aside {
		return g.asides[a.id()]
	}
	return a
}

// linkSpace has what takes the same name gone before.
func (g *graph) linkSpace(a *action, after func(*action)) {
	if a.kind.Space == nil || a.to == nil {
		return
	}
	for _, name := range a.kind.Space(a.to) {
		if old, ok := g.taken()[name]; ok && old != a.to.ID {
			after(g.out(old))
		}
	}
}

// taken are the names in shared spaces that dropped objects have.
func (g *graph) taken() map[string]catalog.ID {
	if g.work.taken == nil {
		g.work.taken = map[string]catalog.ID{}
		for id, c := range g.changes {
			if c.from == nil || c.verb != drop && c.verb != replace {
				continue
			}
			if k := g.kind(c.from); k.Space != nil {
				for _, name := range k.Space(c.from) {
					g.work.taken[name] = id
				}
			}
		}
	}
	return g.work.taken
}

// group is the object that an object is part of in the end.
func group(o *catalog.Object) *catalog.Object {
	for {
		k := o.In().Kind(o.Kind)
		up := o.Up()
		if k.Free || up == nil {
			return o
		}
		o = up
	}
}

// compare orders actions by what a person would read first: objects by kind and name, parts after their whole, drops of
// whole objects last.
func (g *graph) compare(a, b *action) int {
	last := func(x *action) int {
		if x.verb == drop && x.change.verb == drop && x.group.ID == x.id() {
			return 1
		}
		return 0
	}
	la, lb := last(a), last(b)
	if by := cmp.Compare(la, lb); by != 0 {
		return by
	}
	if a.group != b.group {
		rank := cmp.Compare(g.kind(a.group).Rank, g.kind(b.group).Rank)
		if la == 1 {
			rank = -rank
		}
		if by := cmp.Or(rank, a.group.Compare(b.group.ID)); by != 0 {
			return by
		}
	}
	return cmp.Or(
		cmp.Compare(order[a.verb], order[b.verb]), cmp.Compare(a.kind.Rank, b.kind.Rank), cmp.Compare(a.position, b.position), a.id().Compare(b.id()),
	)
}

// order is that of actions on one object and its parts.
var order = map[verb]int{drop: 1, replace: 2, alter: 3, follow: 3, create: 4}
