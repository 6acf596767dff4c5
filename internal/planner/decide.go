package planner

import (
	"cmp"
	"maps"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
)

// verb is what happens to an object.
type verb int

const (
	create verb = iota + 1
	drop
	alter
	replace // dropped and made again
	follow  // taken over to the new form of what it needs
)

// change is what happens to one object.
type change struct {
	verb     verb
	from, to *catalog.Object
	attrs    []string          // of an alter, also of a follow
	after    []*catalog.Object // of a follow: the new forms that it goes over to
	born     *catalog.Object   // what it is once something else was made that brings it
	aside    bool              // of a replace: the old form stays under another name until all have left it
}

// work is one plan under way.
type work struct {
	*catalog.Context
	changes map[catalog.ID]*change
	queue   []*change // whose consequences are not drawn yet
	taken   map[string]catalog.ID
	coming  map[string]*catalog.Object // what is made for the first time, by the names in shared spaces
	leave   func(*catalog.Object) bool
}

func (w *work) kind(o *catalog.Object) *catalog.Kind {
	if k := w.To.Kind(o.Kind); k != nil {
		return k
	}
	return w.From.Kind(o.Kind)
}

// decide says for each object what happens to it: first what differs, then what that takes along.
func (w *work) decide() error {
	for _, d := range catalog.Diff(w.From, w.To) {
		if w.leave != nil && w.leave(cmp.Or(d.To, d.From)) {
			continue
		}
		c := &change{from: d.From, to: d.To, attrs: d.Attrs}
		switch {
		case d.From == nil:
			c.verb = create
		case d.To == nil:
			c.verb = drop
		default:
			c.verb = alter
			for _, attr := range d.Attrs {
				rule, ok := w.kind(d.From).Rules[attr]
				if !ok {
					return noRule(d.From, attr)
				}
				if rule.Alter == nil || rule.Replaces != nil && rule.Replaces(d.From, d.To) {
					c.verb = replace
				}
			}
		}
		w.put(c)
	}
	for len(w.queue) > 0 {
		c := w.queue[0]
		w.queue = w.queue[1:]
		if w.whole(c) {
			w.queue = append(w.queue, c) // when it is known what the whole takes along
			continue
		}
		switch c.verb {
		case drop, replace:
			w.destroyed(c)
		case alter, follow:
			w.clear(c)
		}
	}
	if w.Online {
		for _, c := range w.changes {
			c.aside = c.aside || c.verb == replace && w.kind(c.from).Aside != nil && w.remains(c.from)
		}
	}
	w.makeRoom()
	w.putAside()
	w.bear()
	w.inherit()
	w.pass()
	w.stubs()
	return nil
}

// whole has the parent replaced of what cannot be replaced by itself. It reports false where that is so already.
func (w *work) whole(c *change) bool {
	bound := w.kind(cmp.Or(c.from, c.to)).Bound
	if c.verb != replace || bound == nil || !bound(c.from) && !bound(c.to) {
		return false
	}
	from, to := c.from.Up(), c.to.Up()
	if now := w.changes[from.ID]; from.ID != to.ID || now != nil && now.verb == replace {
		return false
	}
	w.again(from, to)
	return true
}

// stubs leaves out what is said to go and stays: nothing that it is part of goes.
func (w *work) stubs() {
	for id, c := range w.changes {
		if c.verb != drop || !w.kind(c.from).Stub {
			continue
		}
		goes := slices.ContainsFunc(w.From.Needs(id), func(n catalog.Need) bool {
			whole := w.changes[n.On]
			return n.Auto && whole != nil && (whole.verb == drop || whole.verb == replace)
		})
		if !goes {
			delete(w.changes, id)
		}
	}
}

func (w *work) put(c *change) {
	id := idOf(c)
	w.changes[id] = c
	w.queue = append(w.queue, c)
}

func idOf(c *change) catalog.ID {
	if c.to != nil {
		return c.to.ID
	}
	return c.from.ID
}

// destroyed draws the consequences of a drop: what needs the object and shall stay has let go of it by being altered,
// goes over to its new form, or is made again.
func (w *work) destroyed(c *change) {
	for _, n := range w.From.Needed(c.from.ID) {
		d, to := w.From.Objects[n.On], w.To.Objects[n.On]
		if d != nil && w.entangled(c.from, d, n) {
			w.again(w.From.Objects[n.Tie], w.To.Objects[n.Tie])
			continue
		}
		if d == nil || to == nil {
			continue
		}
		now := w.changes[d.ID]
		switch {
		case n.Tie != (catalog.ID{}) && (d.ID == w.From.Objects[n.Tie].Parent || !n.Auto || !w.stays(n.Tie)): // lets go
		case w.kind(d).Ties && w.goesAlong(c, d.ID):
		case now != nil && now.verb == replace:
		case now != nil && now.verb == alter && !w.needs(d.ID, c.from.ID) && w.letsGo(now) && !w.callsRival(c, d.ID):
		case w.follows(c, d, to):
		default:
			w.again(d, to)
		}
	}
}

// callsRival reports whether an object shall need something that SQL calls by the same name as what is dropped.
func (w *work) callsRival(c *change, id catalog.ID) bool {
	called := w.kind(c.from).Called
	return c.verb == drop && called != nil && slices.ContainsFunc(w.To.Needs(id), func(n catalog.Need) bool {
		o := w.To.Objects[n.On]
		return o != nil && w.kind(o).Called != nil && w.kind(o).Called(o) == called(c.from)
	})
}

// letsGo reports whether an alter changes what the object needs.
func (w *work) letsGo(c *change) bool {
	rules := w.kind(c.from).Rules
	return slices.ContainsFunc(c.attrs, func(attr string) bool { return !rules[attr].Keeps })
}

// stays reports whether a tie is left as it is.
func (w *work) stays(tie catalog.ID) bool {
	return w.From.Objects[tie] != nil && w.To.Objects[tie] != nil && w.changes[tie] == nil
}

// entangled reports whether neither of two objects can be dropped while they are tied: a partition's constraint whose
// index is attached to an index that stands before no constraint.
func (w *work) entangled(of, o *catalog.Object, n catalog.Need) bool {
	return n.Tie != (catalog.ID{}) && n.Auto && o.Kind != of.Kind && w.From.Objects[n.Tie].Parent != o.ID && w.stays(n.Tie)
}

// goesAlong reports whether what is dropped goes, by a tie, with something else.
func (w *work) goesAlong(c *change, tie catalog.ID) bool {
	for _, n := range w.From.Needs(c.from.ID) {
		if other := w.changes[n.On]; n.Tie == tie && other != nil && (other.verb == drop || other.verb == replace) {
			return true
		}
	}
	return false
}

// needs reports whether an object shall need another one, directly or by way of others: it can be altered only once that
// one is there.
func (w *work) needs(id, on catalog.ID) bool {
	seen := map[catalog.ID]bool{}
	var look func(id catalog.ID) bool
	look = func(id catalog.ID) bool {
		if seen[id] {
			return false
		}
		seen[id] = true
		return slices.ContainsFunc(w.To.Needs(id), func(n catalog.Need) bool { return n.On == on || look(n.On) })
	}
	return look(id)
}

// again has an object dropped and made anew.
func (w *work) again(from, to *catalog.Object) {
	if now := w.changes[from.ID]; now != nil {
		if now.verb == replace {
			return
		}
		now.verb = replace
		w.queue = append(w.queue, now)
		return
	}
	w.put(&change{verb: replace, from: from, to: to})
}

// clear has made again what is in the way of an alter.
func (w *work) clear(c *change) {
	for _, n := range w.From.Needed(c.from.ID) {
		d, to := w.From.Objects[n.On], w.To.Objects[n.On]
		if d != nil && to != nil && n.Tie == (catalog.ID{}) && w.inTheWay(c, d) {
			w.again(d, to)
		}
	}
}

// inTheWay reports whether an object has to be gone before another is altered or follows.
func (w *work) inTheWay(c *change, d *catalog.Object) bool {
	k := w.kind(c.from)
	return slices.ContainsFunc(w.altering(c), func(attr string) bool {
		rule := k.Rules[attr]
		return rule.Rebuilds != nil && rule.Rebuilds(c.from, c.to, d)
	})
}

// altering are the attributes that a change sets, be it as they were: what follows does.
func (w *work) altering(c *change) []string {
	if c.verb == follow {
		return append(slices.Clone(c.attrs), w.kind(c.from).FollowAs)
	}
	return c.attrs
}

// makes reports whether an object is made, for the first time or again.
func (w *work) makes(id catalog.ID) bool {
	c := w.changes[id]
	return c != nil && c.to != nil && (c.verb == create || c.verb == replace)
}

// model returns what makes an object that is made, by the tie between the two; nil where nothing does.
func (w *work) model(id catalog.ID) *catalog.Object {
	o := w.To.Objects[id]
	if o == nil || !w.makes(id) || w.kind(o).Spreads == nil {
		return nil
	}
	for _, n := range w.To.Needs(id) {
		of := w.To.Objects[n.On]
		if n.Tie == (catalog.ID{}) || !n.Auto || of == nil || of.Kind != o.Kind || !w.makes(of.ID) || !w.stays(n.Tie) || w.makes(o.Parent) || !w.kind(o).Spreads(of, o) {
			continue
		}
		if first := w.model(of.ID); first != nil {
			return first
		}
		return of
	}
	return nil
}

// inherit gives what is made after a model the satellites that it has from it.
func (w *work) inherit() {
	for id := range maps.Clone(w.changes) {
		of := w.model(id)
		if of == nil {
			continue
		}
		o := w.To.Objects[id]
		for _, m := range of.Children() {
			k := w.kind(m)
			if !k.Satellite || k.Spreads == nil || !k.Spreads(m, m) {
				continue
			}
			born := catalog.NewSatellite(k, o, m.Name(), m.Attrs)
			w.changes[born.ID] = &change{verb: create, from: born, to: w.To.Objects[born.ID]}
		}
	}
}

// bear gives what is made the satellites that it has from the start, so that only what differs from them is said.
func (w *work) bear() {
	var made []*catalog.Object
	for _, c := range w.changes {
		if c.verb == create || c.verb == replace {
			made = append(made, c.to)
		}
	}
	for _, o := range made {
		if k := w.kind(o); k.Makes != nil {
			w.bring(k.Makes(o))
		}
	}
	for name, k := range w.To.Kinds() {
		if k.Born == nil {
			continue
		}
		for _, parent := range made {
			if w.kind(parent).Satellite {
				continue
			}
			for _, born := range k.Born(w.Context, parent) {
				to := w.To.Objects[born.ID]
				if to == nil && name == "owner" {
					continue
				}
				c := w.changes[born.ID]
				if c == nil {
					c = &change{}
					w.changes[born.ID] = c
				}
				c.verb, c.from, c.to = create, born, to
			}
		}
	}
}

// bring has objects come with one that is made: they are born as they come, and only what differs is said.
func (w *work) bring(born []*catalog.Object) {
	for _, o := range born {
		if c := w.changes[o.ID]; c != nil && (c.verb == create || c.verb == replace) {
			c.born = o
		}
	}
}

// pass gives what stays the satellites that it has once another satellite of it was altered or dropped.
func (w *work) pass() {
	var altered []*change
	for _, c := range w.changes {
		if (c.verb == alter || c.verb == drop) && w.kind(c.from).Satellite && w.To.Objects[c.from.Parent] != nil {
			altered = append(altered, c)
		}
	}
	slices.SortFunc(altered, func(a, b *change) int { return a.from.Compare(b.from.ID) })
	for _, k := range w.To.Kinds() {
		if k.Passed == nil {
			continue
		}
		for _, c := range altered {
			for _, o := range k.Passed(w.Context, c.from, c.to) {
				w.changes[o.ID] = &change{verb: create, from: o, to: w.To.Objects[o.ID]}
			}
		}
	}
}
