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

// resolve makes needs of the links, once. Most catalogs are compared, found equal, and never asked.
func (c *Catalog) resolve() {
	if c.needs != nil {
		return
	}
	c.needs, c.needed = map[ID][]Need{}, map[ID][]Need{}
	r := newResolver(c.at, c.links)
	for _, o := range c.Objects {
		k := c.kinds[o.Kind]
		if o.Parent != (ID{}) {
			c.need(o.ID, Need{On: o.Parent, Auto: !k.Free})
		}
		if k.Makes != nil {
			for _, made := range k.Makes(o) {
				c.need(made.ID, Need{On: o.ID, Auto: true})
			}
		}
		if k.Needs != nil {
			for _, id := range k.Needs(o) {
				if c.Objects[id] != nil {
					c.need(o.ID, Need{On: id})
				}
			}
		}
	}
	t := c.ties()
	for _, l := range c.links {
		from, to := r.find(l.from), r.find(l.to)
		if from == (ID{}) || to == (ID{}) || from == to {
			continue
		}
		n := Need{On: to, Auto: l.kind != normal && l.kind != 'r' && l.kind != 't'}
		switch l.kind {
		case partition:
			n.Tie = t.between(c, c.Objects[from].Parent, to)
		case section: // its own table, which is its parent
			continue
		default:
			n.Tie = t.at[from][to]
		}
		c.need(from, n)
	}
	t.inherit(c)
	for id, list := range c.needs {
		c.needs[id] = tidy(list)
	}
	c.shells()
	for id := range c.needs {
		for _, n := range c.needs[id] {
			c.needed[n.On] = append(c.needed[n.On], Need{On: id, Auto: n.Auto, Tie: n.Tie})
		}
	}
	for id, list := range c.needed {
		c.needed[id] = tidy(list)
	}
	c.links, c.at = nil, nil
}

// shells has what a declared object needs, and what needs it as well, go with it: a base type's functions. What a stub is
// part of does not need it, though other parts may.
func (c *Catalog) shells() {
	for id, list := range c.needs {
		k := c.kinds[id.Kind]
		for _, n := range list {
			switch {
			case k.Stub:
				c.needs[n.On] = slices.DeleteFunc(c.needs[n.On], func(back Need) bool { return back.On == id })
			case k.Shell != nil:
				for i, back := range c.needs[n.On] {
					if back.On == id {
						c.needs[n.On][i].Auto = true
					}
				}
			}
		}
	}
}

func (c *Catalog) need(id ID, n Need) { c.needs[id] = append(c.needs[id], n) }

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
func (t *ties) between(c *Catalog, in, other ID) ID {
	for up := c.Objects[other]; up != nil; up = up.Up() {
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
				known := slices.ContainsFunc(c.needs[o.ID], func(n Need) bool { return n.Tie == tie })
				if !known && c.Objects[of] != nil {
					c.need(o.ID, Need{On: of, Auto: !o.Info.Bool("local"), Tie: tie})
				}
			}
		}
	}
}

// tidy sorts needs and leaves each once; what goes with something in one way goes with it, and a need without a tie
// holds always.
func tidy(list []Need) []Need {
	slices.SortFunc(list, func(a, b Need) int {
		return cmp.Or(a.On.Compare(b.On), a.Tie.Compare(b.Tie), cmp.Compare(b.auto(), a.auto()))
	})
	return slices.CompactFunc(list, func(a, b Need) bool { return a.On == b.On })
}

func (n Need) auto() int {
	if n.Auto {
		return 1
	}
	return 0
}

// resolver finds the objects behind addresses: those of what is no object by itself are of what it is part of.
type resolver struct {
	at    func(Address) (ID, bool)
	whose map[Address]Address
	known map[Address]ID
}

func newResolver(at func(Address) (ID, bool), links []link) *resolver {
	r := &resolver{at: at, whose: map[Address]Address{}, known: map[Address]ID{}}
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

func (r *resolver) find(a Address) ID {
	if id, ok := r.known[a]; ok {
		return id
	}
	id := ID{}
	for next, n := a, 0; n < parts; n++ {
		var ok bool
		if id, ok = r.at(next); ok {
			break
		}
		if next.Sub != 0 {
			if id, ok = r.at(next.whole()); ok {
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
	r.known[a] = id
	return id
}
