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
	edges  []edge
	all    []Need // made of the edges
	tidied bool
}

// edge is a need between two objects of one catalog, of which either has it.
type edge struct {
	to, tie *Object // tie: nil where there is none
	auto    bool
}

func (o *Object) edge(e edge) { o.needs.edges = append(o.needs.edges, e) }

// resolve makes needs of the links, once. Most catalogs are compared, found equal, and never asked.
func (c *Catalog) resolve() {
	r := c.resolver
	if r == nil {
		return
	}
	c.resolver = nil
	for _, o := range c.Objects {
		k := c.kinds[o.Kind]
		if up := o.Up(); up != nil {
			o.edge(edge{to: up, auto: !k.Free})
		}
		if k.Makes != nil {
			for _, made := range k.Makes(o) {
				if there := c.Objects[made.ID]; there != nil {
					there.edge(edge{to: o, auto: true})
				}
			}
		}
		if k.Needs != nil {
			for _, id := range k.Needs(o) {
				if on := c.Objects[id]; on != nil {
					o.edge(edge{to: on})
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
		e := edge{to: to, auto: l.kind != normal && l.kind != 'r' && l.kind != 't'}
		switch l.kind {
		case partition:
			e.tie = t.between(from.Up(), to)
		case section: // its own table, which is its parent
			continue
		default:
			e.tie = t.at[from][to]
		}
		from.edge(e)
	}
	t.inherit(c)
	c.shells()
	for _, o := range c.Objects {
		for _, e := range o.needs.edges {
			e.to.needed.edges = append(e.to.needed.edges, edge{to: o, tie: e.tie, auto: e.auto})
		}
	}
	c.links = nil
}

// turn makes of what each object needs what needs it, where the needs may be of objects that are not there.
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
	for _, o := range c.Objects {
		k := c.kinds[o.Kind]
		if !k.Stub && k.Shell == nil {
			continue
		}
		for _, e := range o.needs.edges {
			if k.Stub {
				e.to.needs.edges = slices.DeleteFunc(e.to.needs.edges, func(back edge) bool { return back.to == o })
				continue
			}
			for i, back := range e.to.needs.edges {
				if back.to == o {
					e.to.needs.edges[i].auto = true
				}
			}
		}
	}
}

// ties are which objects are tied to which, and by what.
type ties struct {
	at map[*Object]map[*Object]*Object // the object, what it is tied to, the tie
}

func (c *Catalog) ties() *ties {
	t := &ties{at: map[*Object]map[*Object]*Object{}}
	for _, o := range c.Objects {
		if other := c.TiedTo(o); other != nil {
			up := o.Up()
			if t.at[up] == nil {
				t.at[up] = map[*Object]*Object{}
			}
			t.at[up][other] = o
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
func (t *ties) between(in, other *Object) *Object {
	for up := other; up != nil; up = up.Up() {
		if tie := t.at[in][up]; tie != nil {
			return tie
		}
	}
	return nil
}

// inherit has what is inherited need what it is inherited from, where pg_depend does not say so.
func (t *ties) inherit(c *Catalog) {
	for in, others := range t.at {
		for _, o := range in.Children() {
			if !o.Info.Bool("inherited") {
				continue
			}
			for other, tie := range others {
				of := c.Objects[ID{o.Kind, Path(append(slices.Clone(other.Names), o.Name())...)}]
				known := slices.ContainsFunc(o.needs.edges, func(e edge) bool { return e.tie == tie })
				if !known && of != nil {
					o.edge(edge{to: of, auto: !o.Info.Bool("local"), tie: tie})
				}
			}
		}
	}
}

// tidy returns needs sorted, each once; what goes with something in one way goes with it, and a need without a tie holds
// always.
func (l *list) tidy() []Need {
	if !l.tidied {
		for _, e := range l.edges {
			n := Need{On: e.to.ID, Auto: e.auto}
			if e.tie != nil {
				n.Tie = e.tie.ID
			}
			l.all = append(l.all, n)
		}
		l.edges = nil
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
	r := &resolver{at: at, whose: make(map[Address]Address, len(links)/4), known: map[Address]*Object{}}
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
	o := r.at(a)
	if o != nil {
		return o
	}
	if o, ok := r.known[a]; ok {
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
