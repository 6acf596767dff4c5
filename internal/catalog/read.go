package catalog

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed list.sql
var listSQL string

//go:embed links.sql
var linksSQL string

//go:embed probe.sql
var probeSQL string

// Address is where an object stands in the system catalogs: pg_class' oid, its own, a column's number or 0.
type Address struct {
	Class, OID uint32
	Sub        int32
}

// whole is the address of the object that a column is of.
func (a Address) whole() Address { return Address{Class: a.Class, OID: a.OID} }

// link is a row of pg_depend.
type link struct {
	from, to Address
	kind     byte // deptype
}

// Begin opens the transaction that Read needs: one snapshot, nothing changed, names qualified.
var begin = target.Segment{
	{SQL: "begin isolation level repeatable read read only"},
	{SQL: "set local search_path = ''"},
	{SQL: "set local jit = off"},
	{SQL: "set local work_mem = '64MB'"},
	{SQL: "set local max_parallel_workers_per_gather = 0"},
	{SQL: "set local quote_all_identifiers = off"},
	{SQL: "set local datestyle = 'ISO, MDY'"},
	{SQL: "set local intervalstyle = 'postgres'"},
	{SQL: "set local extra_float_digits = 1"},
	{SQL: "set local lock_timeout = '10s'"},
	{SQL: "set local statement_timeout = 0"}, // what the role or the database has is meant for other work
	{SQL: "set local idle_in_transaction_session_timeout = 0"},
	{ // since 17; what gives rows is known to read only
		SQL: "select set_config('transaction_timeout', '0', true) where current_setting('transaction_timeout', true) is not null",
		Row: func([][]byte) {},
	},
}

// Read reads the catalog of the session's database, in one read-only transaction that is rolled back, in three round
// trips, four where there seems to be something that no kind reads. The error is the session's, *target.StatementError or
// *target.LostError; where one kind could not be listed, a *ListError around it.
func Read(ctx context.Context, s target.Session, kinds []*Kind) (_ *Catalog, err error) {
	defer func() {
		if end := s.Exec(context.WithoutCancel(ctx), []target.Segment{{{SQL: "rollback"}}}, nil); err == nil {
			err = end
		}
	}()
	c := &Catalog{Server: s.Facts().Server, Database: s.Facts().Database, kinds: map[string]*Kind{}}
	held, err := c.probe(ctx, s, kinds)
	if err != nil {
		return nil, err
	}
	r := &reading{catalog: c}
	read := make(target.Segment, 0, len(kinds)+1)
	var listed []*Kind
	for _, k := range kinds {
		c.kinds[k.Name] = k
		if !held.has(k) {
			continue
		}
		listed = append(listed, k)
		read = append(read, target.Step{SQL: held.list(k), Row: func(v [][]byte) { r.row(k, v) }})
	}
	read = append(read, target.Step{SQL: linksSQL, Row: r.link}, target.Step{SQL: aloneSQL, Row: r.alone})
	segment, before := within(s, read...)
	if err := s.Exec(ctx, []target.Segment{segment}, nil); err != nil {
		if no, ok := errors.AsType[*target.StatementError](err); ok && no.Step >= before && no.Step-before < len(listed) {
			return nil, &ListError{Kind: listed[no.Step-before], Err: err}
		}
		return nil, err
	}
	if r.err != nil {
		return nil, r.err
	}
	r.settle()
	if c.Unknown, err = r.unknown(ctx, s); err != nil {
		return nil, err
	}
	return c, nil
}

// holdings are what the database was found to hold before it is read.
type holdings struct {
	present []string // relations that kinds want
	rows    []string // sorts of users' objects
	sure    bool     // the reading sees what the probe has seen
}

// member is the sort of what belongs to an extension.
const member = "member"

// has reports whether there can be something of a kind.
func (h *holdings) has(k *Kind) bool {
	if k.Has != "" && !slices.Contains(h.present, k.Has) {
		return false
	}
	return k.Rows == nil || !h.sure || slices.ContainsFunc(k.Rows, func(sort string) bool { return slices.Contains(h.rows, sort) })
}

// list is a kind's list, without what extensions own where they own something.
func (h *holdings) list(k *Kind) string {
	list := strings.TrimRight(k.List, "; \n")
	if h.sure && !slices.Contains(h.rows, member) {
		return list
	}
	return strings.NewReplacer("/* list */", list, "/* of members */", strconv.FormatBool(k.OfMembers)).Replace(listSQL)
}

// probe begins, and asks what the database holds.
func (c *Catalog) probe(ctx context.Context, s target.Session, kinds []*Kind) (*holdings, error) {
	var wanted []string
	for _, k := range kinds {
		if k.Has != "" {
			wanted = append(wanted, k.Has)
		}
	}
	list, err := json.Marshal(wanted)
	if err != nil {
		return nil, err
	}
	array := "{" + strings.Trim(string(list), "[]") + "}"
	if wanted == nil {
		array = "{}"
	}
	held := &holdings{sure: !s.Facts().Whole} // what is sent whole sees another snapshot than the probe
	ask := target.Step{SQL: probeSQL, Args: [][]byte{target.Text(array)}, Row: func(v [][]byte) {
		c.Role = string(v[0])
		err = errors.Join(json.Unmarshal(v[1], &held.present), json.Unmarshal(v[2], &held.rows))
	}}
	segment := append(slices.Clone(begin), ask)
	if s.Facts().Whole {
		segment, _ = within(s, ask)
	}
	if failed := s.Exec(ctx, []target.Segment{segment}, nil); failed != nil {
		return nil, failed
	}
	return held, err
}

// within is steps as they are sent inside the transaction that Read began. Where a transaction has to be sent whole, they
// are one of their own: all lists still see one snapshot, and what is asked before and after them does not. before is how
// many steps come before them.
func within(s target.Session, steps ...target.Step) (_ target.Segment, before int) {
	if !s.Facts().Whole {
		return steps, 0
	}
	return slices.Concat(begin, steps, target.Segment{{SQL: "commit"}}), len(begin)
}

// reading is one under way: rows first, objects when all their parents are there.
type reading struct {
	catalog *Catalog
	rows    []*row
	at      map[Address]*row // but satellites that share their parent's
	links   []link
	alones  []Address // what may be in no link
	err     error
}

// row is an object before its path is known.
type row struct {
	kind         *Kind
	self, parent Address
	name         string
	named        bool
	attrs, info  string
	object       *Object
	settled      bool
}

func (r *reading) row(k *Kind, v [][]byte) {
	if r.err != nil {
		return
	}
	if len(v) != 9 {
		r.err = fmt.Errorf("catalog: the list of %s gives %d columns", k.Name, len(v))
		return
	}
	w := &row{
		kind: k, self: Address{r.number(v[0]), r.number(v[1]), int32(r.number(v[2]))}, name: string(v[3]), named: v[3] != nil,
		parent: Address{r.number(v[4]), r.number(v[5]), int32(r.number(v[6]))}, attrs: string(v[7]), info: string(v[8]),
	}
	if k.Secrets != nil {
		w.attrs = k.veiled(w.attrs)
	}
	r.rows = append(r.rows, w)
}

func (r *reading) link(v [][]byte) {
	r.links = append(r.links, link{
		from: Address{r.number(v[0]), r.number(v[1]), int32(r.number(v[2]))},
		to:   Address{r.number(v[3]), r.number(v[4]), int32(r.number(v[5]))},
		kind: v[6][0],
	})
}

// number reads an oid or a column's number, which may be negative.
func (r *reading) number(text []byte) uint32 {
	if len(text) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("catalog: an address holds %q: %w", text, err)
	}
	return uint32(n)
}

// settle makes objects of rows.
func (r *reading) settle() {
	c := r.catalog
	c.Objects, r.at = make(map[ID]*Object, len(r.rows)), make(map[Address]*row, len(r.rows))
	for _, w := range r.rows {
		if w.self != w.parent { // a default has an address of its own, a comment has not
			r.at[w.self] = w
		}
	}
	stubs := false
	for _, w := range r.rows {
		if o := r.object(w); o != nil {
			o.in = c
			c.Objects[o.ID] = o
			stubs = stubs || w.kind.Stub
		}
	}
	if stubs {
		c.bare()
	}
	c.links, c.resolver = r.links, newResolver(r.links, func(a Address) *Object {
		if w := r.at[a]; w != nil && w.object != nil && w.object.in == c {
			return w.object
		}
		return nil
	})
}

// bare leaves out the stubs on which nothing hangs.
func (c *Catalog) bare() {
	named := map[ID]bool{}
	for _, o := range c.Objects {
		if c.kinds[o.Kind].Stub {
			continue
		}
		for up := o.Up(); up != nil && c.kinds[up.Kind].Stub; up = up.Up() {
			named[up.ID] = true
		}
	}
	for id, o := range c.Objects {
		if c.kinds[id.Kind].Stub && !named[id] {
			o.in = nil
			delete(c.Objects, id)
		}
	}
}

// object returns the object of a row, nil where its parent is none.
func (r *reading) object(w *row) *Object {
	if w.settled {
		return w.object
	}
	w.settled = true
	o := &Object{ID: ID{Kind: w.kind.Name}, Attrs: Attrs{raw: w.attrs}, Info: Attrs{raw: w.info}}
	if w.named {
		o.Names = []string{w.name}
	}
	if w.parent != (Address{}) {
		p := r.at[w.parent]
		if p == nil {
			return nil
		}
		up := r.object(p)
		if up == nil {
			return nil
		}
		o.Parent = up.ID
		if !w.kind.Satellite {
			o.Names = append(slices.Clip(slices.Clone(up.Names)), o.Names...)
		}
	}
	o.Path = o.path(w.kind)
	w.object = o
	return o
}

// path is that of an object whose other fields are set.
func (o *Object) path(k *Kind) string {
	switch {
	case !k.Satellite:
		return Path(o.Names...)
	case len(o.Names) == 0:
		return o.Parent.String()
	}
	return o.Parent.String() + " " + Path(o.Names...)
}

// NewSatellite makes an object of a satellite kind that hangs on parent, in its catalog; name is "" where the kind has
// none of its own.
func NewSatellite(k *Kind, parent *Object, name string, attrs Attrs) *Object {
	o := &Object{ID: ID{Kind: k.Name}, Parent: parent.ID, Attrs: attrs, in: parent.in}
	if name != "" {
		o.Names = []string{name}
	}
	o.Path = o.path(k)
	return o
}
