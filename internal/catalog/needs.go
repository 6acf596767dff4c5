package catalog

import (
	"cmp"
	"slices"
)

// The deptypes that matter here (Postgres docs, pg_depend).
const (
	normal    = 'n'
	internal  = 'i' // part of the implementation of the other: an index of its constraint, a row type of its table
	extension = 'e' // member of an extension
	partition = 'P' // of a partition, by the like of its table
	section   = 'S' // of a partition, by the partition itself
)

// list is what an object needs, or what needs it. Most are never asked for: they are put in order at the first look.
type list struct {
	all    []Need
	tidied bool
}

// resolve makes needs of the links, once. Most catalogs are compared, found equal, and never asked.
func (c *Catalog) resolve() {
	r := c.resolver
	if r == nil {
		return
	}
	c.resolver = nil
	for _, o := range c.Objects {
		k := c.kinds[o.Kind]
		if o.Parent != (ID{}) {
			o.need(Need{On: o.Parent, Auto: !k.Free})
		}
		if k.Makes != nil {
			for _, made := range k.Makes(o) {
				if there := c.Objects[made.ID]; there != nil {
					there.need(Need{On: o.ID, Auto: true})
				}
			}
		}
		if k.Needs != nil {
			for _, id := range k.Needs(o) {
				if c.Objects[id] != nil {
					o.need(Need{On: id})
				}
			}
		}
	}
	t := c.ties()
	for _, l := range c.links {
		from, to := r.find(l.from), r.find(l.to)
		if from == nil || to == nil || from == to {
			continue
		}
		n := Need{On: to.ID, Auto: l.kind != normal && l.kind != 'r' && l.kind != 't'}
		switch l.kind {
		case partition:
			n.Tie = t.between(c, from.Parent, to)
		case section: // its own table, which is its parent
			continue
		default:
			if len(t.at) > 0 {
				n.Tie = t.at[from.ID][to.ID]
			}
		}
		from.need(n)
	}
	t.inherit(c)
	c.shells()
	c.turn()
	c.links = nil
}

// turn makes of what each object needs what needs it.
func (c *Catalog) turn() {
	for id, o := range c.Objects {
		for _, n := range o.needs.all {
			if on := c.Objects[n.On]; on != nil {
				on.needed.all = append(on.needed.all, Need{On: id, Auto: n.Auto, Tie: n.Tie})
			}
		}
	}
}

// shells has what a declared object needs, and what needs it as well, go with it: a base type's functions. What a stub is
// part of does not need it, though other parts may.
func (c *Catalog) shells() {
	for id, o := range c.Objects {
		k := c.kinds[id.Kind]
		if !k.Stub && k.Shell == nil {
			continue
		}
		for _, n := range o.needs.tidy() {
			on := c.Objects[n.On]
			if on == nil {
				continue
			}
			if k.Stub {
				on.needs.all = slices.DeleteFunc(on.needs.all, func(back Need) bool { return back.On == id })
				continue
			}
			for i, back := range on.needs.tidy() {
				if back.On == id {
					on.needs.all[i].Auto = true
				}
			}
		}
	}
}

func (o *Object) need(n Need) { o.needs.all = append(o.needs.all, n) }

// ties are which objects are tied to which, and by what.
type ties struct {
	at map[ID]map[ID]ID // the object, what it is tied to, the tie
}

func (c *Catalog) ties() *ties {
	t := &ties{at: map[ID]map[ID]ID{}}
	for _, o := range c.Objects {
		if other := c.TiedTo(o); other != nil {
			if t.at[o.Parent] == nil {
				t.at[o.Parent] = map[ID]ID{}
			}
			t.at[o.Parent][other.ID] = o.ID
		}
	}
	return t
}

// TiedTo returns what a tie ties its parent to, nil of what is no tie.
func (c *Catalog) TiedTo(o *Object) *Object {
	if k := c.kinds[o.Kind]; k.Ties {
		return c.Objects[k.Needs(o)[0]]
	}
	return nil
}

// Above returns what an object is tied to, directly or by way of others: the tables that a partition is a part of.
func (c *Catalog) Above(id ID) []ID {
	var all []ID
	o := c.Objects[id]
	if o == nil {
		return nil
	}
	for _, tie := range o.Children() {
		if other := c.TiedTo(tie); other != nil && !slices.Contains(all, other.ID) {
			all = append(append(all, other.ID), c.Above(other.ID)...)
		}
	}
	return all
}

// HoldsObjects reports whether the rows of a table are objects of a kind: those of cron.job.
func (c *Catalog) HoldsObjects(table string) bool {
	for _, k := range c.kinds {
		if k.Has == table {
			return true
		}
	}
	return false
}

// between is the tie between what an object is in and what another one is in.
func (t *ties) between(c *Catalog, in ID, other *Object) ID {
	for up := other; up != nil; up = up.Up() {
		if tie, ok := t.at[in][up.ID]; ok {
			return tie
		}
	}
	return ID{}
}

// inherit has what is inherited need what it is inherited from, where pg_depend does not say so.
func (t *ties) inherit(c *Catalog) {
	for in, others := range t.at {
		for _, o := range c.children()[in] {
			if !o.Info.Bool("inherited") {
				continue
			}
			for other, tie := range others {
				of := ID{o.Kind, Path(append(slices.Clone(c.Objects[other].Names), o.Name())...)}
				known := slices.ContainsFunc(o.needs.all, func(n Need) bool { return n.Tie == tie })
				if !known && c.Objects[of] != nil {
					o.need(Need{On: of, Auto: !o.Info.Bool("local"), Tie: tie})
				}
			}
		}
	}
}

// tidy returns needs sorted, each once; what goes with something in one way goes with it, and a need without a tie holds
// always.
func (l *list) tidy() []Need {
	if !l.tidied {
		slices.SortFunc(l.all, func(a, b Need) int {
			return cmp.Or(a.On.Compare(b.On), a.Tie.Compare(b.Tie), cmp.Compare(b.auto(), a.auto()))
		})
		l.all = slices.CompactFunc(l.all, func(a, b Need) bool { return a.On == b.On })
		l.tidied = true
	}
	return l.all
}

func (n Need) auto() int {
	if n.Auto {
		return 1
	}
	return 0
}

// resolver finds the objects behind addresses: those of what is no object by itself are of what it is part of.
type resolver struct {
	at    func(Address) *Object
	whose map[Address]Address
	known map[Address]*Object
}

func newResolver(links []link, at func(Address) *Object) *resolver {
	r := &resolver{at: at, whose: map[Address]Address{}, known: map[Address]*Object{}}
	for _, l := range links {
		if l.kind == internal || l.kind == extension {
			r.whose[l.from] = l.to
		}
	}
	return r
}

// parts is how many steps it may be from a part to its whole: a type of a table's row, of that an array, of a range a
// multirange.
const parts = 8

func (r *resolver) find(a Address) *Object {
	o, ok := r.known[a]
	if ok {
		return o
	}
	for next, n := a, 0; n < parts; n++ {
		if o = r.at(next); o != nil {
			break
		}
		if next.Sub != 0 {
			if o = r.at(next.whole()); o != nil {
				break
			}
		}
		whole, ok := r.whose[next]
		if !ok {
			if whole, ok = r.whose[next.whole()]; !ok {
				break
			}
		}
		next = whole
	}
	r.known[a] = o
	return o
}
