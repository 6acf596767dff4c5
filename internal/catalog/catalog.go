// Package catalog holds what a database consists of: objects at the finest grain (a column, a default, a comment, a
// grant are objects), what each needs, and how two such catalogs differ. It knows no kind of object by name; kinds/
// does.
package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
)

// ID names an object within its database: a kind, and a path that is unique in it.
type ID struct {
	Kind string `json:"kind"` // "policy"
	Path string `json:"path"` // `public.users."own rows"`; of what hangs on another object that one's kind and path
}

// String returns "policy public.users.own".
func (id ID) String() string { return id.Kind + " " + id.Path }

// Compare orders by kind, then path.
func (id ID) Compare(other ID) int {
	return cmp.Or(strings.Compare(id.Kind, other.Kind), strings.Compare(id.Path, other.Path))
}

// Object is one thing that a database consists of.
type Object struct {
	ID
	Parent ID       // what it is in or on; zero where it stands alone
	Names  []string // the names on the way to it, its own last: schema, table, column; of a satellite only its own
	Attrs  Attrs    // what makes it what it is: two objects with equal ones are equal
	Info   Attrs    // what writing its SQL takes besides: where a column stands, what cannot be altered nor compared

	in            *Catalog
	up            *Object // that of Parent, once looked up
	needs, needed list    // what it needs, and what needs it; empty in a part of a catalog, whose whole knows
}

// Name is the object's own name: the last of Names, or "".
func (o *Object) Name() string {
	if len(o.Names) == 0 {
		return ""
	}
	return o.Names[len(o.Names)-1]
}

// Up returns the object that o is in or on, or nil.
func (o *Object) Up() *Object {
	if o.up == nil && o.in != nil && o.Parent != (ID{}) {
		o.up = o.in.Objects[o.Parent]
	}
	return o.up
}

// Children returns what is in or on o, of the kinds named or of all, sorted by ID.
func (o *Object) Children(kinds ...string) []*Object {
	if o.in == nil {
		return nil
	}
	all := o.in.children()[o.ID]
	if len(kinds) == 0 {
		return all
	}
	var some []*Object
	for _, c := range all {
		if slices.Contains(kinds, c.Kind) {
			some = append(some, c)
		}
	}
	return some
}

// HasMoved reports whether an attribute that only one of the parts of an object can have is another's than o.
func (o *Object) HasMoved(attr string) bool {
	return slices.ContainsFunc(o.Up().Children(), func(p *Object) bool { return p.ID != o.ID && p.Attrs.Has(attr) })
}

// In returns the catalog that o belongs to.
func (o *Object) In() *Catalog { return o.in }

// Need says that an object cannot be without another.
type Need struct {
	On   ID
	Auto bool // goes with it: dropping the one drops the other
	Tie  ID   // holds only while this one is there: a partition's index needs the table's as long as it is attached
}

// Catalog is what a database consists of. It does not change once read. What is asked of it is worked out when it is asked
// and kept, so that one goroutine at a time may use it together with all that are parts of it.
type Catalog struct {
	Server   int    // server_version_num of the server that it was read from
	Role     string // who read it
	Database string // its name
	Objects  map[ID]*Object
	Unknown  []Unknown // what no kind reads, sorted

	links    []link    // pg_depend, until the needs are made of it
	resolver *resolver // which object is meant by an address of a link; nil once the needs are made
	whole    *Catalog  // of which this one is a part; it knows the needs
	parented map[ID][]*Object
	sorts    map[string][]*Object // by kind, not yet in order
	sorted   map[string]bool      // which of them are
	kinds    map[string]*Kind
	compared *Catalog // with which Diff has compared it last
	changes  []Change // and what differed
}

// Unknown is an object of the user's that no kind reads: of a sort that this cairn does not know.
type Unknown struct {
	Class string `json:"class"` // the system catalog that it stands in: "pg_transform"
	Name  string `json:"name"`  // as Postgres says it: "for integer language sql"
}

// Kind returns the kind of that name, as the catalog was read with, or nil.
func (c *Catalog) Kind(name string) *Kind { return c.kinds[name] }

// Kinds returns the kinds that the catalog was read with, by name.
func (c *Catalog) Kinds() map[string]*Kind { return c.kinds }

// Get returns the object of that kind and these names, or nil.
func (c *Catalog) Get(kind string, names ...string) *Object {
	return c.Objects[ID{kind, Path(names...)}]
}

// Needs returns what an object needs, sorted.
func (c *Catalog) Needs(id ID) []Need {
	if c.whole != nil {
		return c.whole.Needs(id)
	}
	c.resolve()
	if o := c.Objects[id]; o != nil {
		return o.needs.tidy()
	}
	return nil
}

// Needed returns what needs an object, sorted.
func (c *Catalog) Needed(id ID) []Need {
	if c.whole != nil {
		return c.whole.Needed(id)
	}
	c.resolve()
	if o := c.Objects[id]; o != nil {
		return o.needed.tidy()
	}
	return nil
}

// Tied reports whether something hangs on the object by a tie.
func (c *Catalog) Tied(id ID) bool {
	return slices.ContainsFunc(c.Needed(id), func(n Need) bool { return n.Tie != (ID{}) })
}

// OfKind returns all objects of a kind, by ID.
func (c *Catalog) OfKind(kind string) []*Object {
	if c.sorts == nil {
		c.sorts = map[string][]*Object{}
		for _, o := range c.Objects {
			c.sorts[o.Kind] = append(c.sorts[o.Kind], o)
		}
		c.sorted = map[string]bool{}
	}
	if !c.sorted[kind] {
		slices.SortFunc(c.sorts[kind], byID)
		c.sorted[kind] = true
	}
	return c.sorts[kind]
}

func (c *Catalog) children() map[ID][]*Object {
	if c.parented != nil {
		return c.parented
	}
	c.parented = map[ID][]*Object{}
	for _, o := range c.Objects {
		if o.Parent != (ID{}) {
			c.parented[o.Parent] = append(c.parented[o.Parent], o)
		}
	}
	for _, some := range c.parented {
		slices.SortFunc(some, byID)
	}
	return c.parented
}

func byID(a, b *Object) int { return a.Compare(b.ID) }

// Sorted returns all objects, by ID.
func (c *Catalog) Sorted() []*Object {
	all := make([]*Object, 0, len(c.Objects))
	for _, o := range c.Objects {
		all = append(all, o)
	}
	slices.SortFunc(all, byID)
	return all
}

// Hash is a fingerprint of all objects with their attributes, in hex. Catalogs with equal ones have no difference.
func (c *Catalog) Hash() string {
	h := sha256.New()
	for _, o := range c.Sorted() {
		for _, text := range []string{o.Kind, "\x00", o.Path, "\x00", o.Attrs.raw, "\n"} {
			_, _ = io.WriteString(h, text)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Without returns the catalog without the objects for which out is true, and without what is in or on them. Needs still
// name them.
func (c *Catalog) Without(out func(*Object) bool) *Catalog {
	if !c.any(out) {
		return c
	}
	gone := make(map[*Object]bool, len(c.Objects))
	var isGone func(o *Object) bool
	isGone = func(o *Object) bool {
		known, ok := gone[o]
		if !ok {
			up := o.Up()
			known = out(o) || up != nil && isGone(up)
			gone[o] = known
		}
		return known
	}
	left := map[ID]bool{}
	for id, o := range c.Objects {
		if !isGone(o) {
			left[id] = true
		}
	}
	return c.Part(left)
}

func (c *Catalog) any(is func(*Object) bool) bool {
	for _, o := range c.Objects {
		if is(o) {
			return true
		}
	}
	return false
}

// Part returns the catalog with nothing but the objects that are in, among which is what they are in or on. Needs still
// name the others.
func (c *Catalog) Part(in map[ID]bool) *Catalog {
	part := &Catalog{Server: c.Server, Role: c.Role, Database: c.Database, Unknown: c.Unknown, kinds: c.kinds, Objects: make(map[ID]*Object, len(in)), whole: c}
	for id := range in {
		if o := c.Objects[id]; o != nil {
			twin := *o
			twin.in, twin.up, twin.needs, twin.needed = part, nil, list{}, list{}
			part.Objects[id] = &twin
		}
	}
	return part
}

// With returns the catalog with the objects of another one put in, or in place of its own.
func (c *Catalog) With(other *Catalog) *Catalog {
	all := &Catalog{
		Server: c.Server, Role: c.Role, Database: c.Database, kinds: c.kinds,
		Objects: make(map[ID]*Object, len(c.Objects)+len(other.Objects)),
	}
	for _, from := range []*Catalog{c, other} {
		for id, o := range from.Objects {
			twin := *o
			twin.in, twin.up, twin.needs, twin.needed = all, nil, list{all: slices.Clone(from.Needs(id))}, list{}
			all.Objects[id] = &twin
		}
	}
	all.turn()
	return all
}

// Path makes a path of names: each as it is where that is unambiguous, in double quotes otherwise.
func Path(names ...string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte('.')
		}
		if name != "" && !strings.ContainsAny(name, ". \"\t\n") {
			b.WriteString(name)
			continue
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(name, `"`, `""`))
		b.WriteByte('"')
	}
	return b.String()
}
