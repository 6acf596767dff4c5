package replay

import (
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/source"
)

// doctor knows what the statements of a history would do and which of its files ran.
type doctor struct {
	index  *index
	aside  *index
	files  []*migration.Migration
	failed map[int]*Failure // by file
}

// state is what a happening is to a failure.
type state uint8

const (
	ran   state = iota // it took effect
	void               // its file failed before, and it was undone or never reached
	later              // it is behind
)

func (d *doctor) state(h *happening, f *Failure) state {
	switch failed := d.failed[h.file]; {
	case h.file > f.index || h.file == f.index && h.at.Start >= f.Finding.At.Start:
		return later
	case h.file < f.index && failed != nil && h.at.Start >= failed.kept:
		return void
	default:
		return ran
	}
}

// trace is what became of an object up to a failure.
type trace struct {
	made     *happening   // what made it as it stands; nil where it is not there
	gone     *happening   // what took it away; nil where it is there, or never was
	skipped  []*happening // what would have made it, and was passed over since something of its name was there
	maybe    *happening   // a DO block that may have made it
	void     *happening   // what would have made it in a file that failed
	voidGone *happening   // what would have taken it away in a file that failed
	later    *happening   // what makes it further on
	other    *happening   // what made one of its name in another schema, on another table, with other arguments
}

// trace follows an object up to a failure. arguments is the number that a call of a function has, -1 where unknown.
func (d *doctor) trace(o Object, arguments int, f *Failure) trace {
	var t trace
	var table *happening // that the object stands on
	var passed *happening
	remade := -1
	lineage := d.lineage(o, f)
	for _, h := range d.relevant(o) {
		st := d.state(h, f)
		if o.child() && h.Class == o.parent().Class {
			d.follow(&t, &table, &passed, h, st, lineage)
			continue
		}
		want := o
		if o.child() {
			want.Of = ofAt(lineage, h.n)
			if st != ran && slices.ContainsFunc(lineage, func(n name) bool { return n.text == h.Of }) {
				want.Of = h.Of // what did not run may have been written for another of its names
			}
		}
		gives, takes := h.gives(want), h.takes(want)
		if o.Class == Schema && !gives && !takes {
			continue
		}
		if takesAll(h, o) {
			takes = true
		} else if h.Class == Function && arguments >= 0 && h.most >= 0 && (arguments < h.least || arguments > h.most) {
			gives, takes = false, false
			if st == ran && h.act == makes {
				t.other = h
			}
		}
		switch {
		case !gives && !takes:
			if st == ran && h.act == makes && h.Class == o.Class && !o.child() {
				t.other = h
			}
		case gives && st == later:
			if t.later == nil && remade != h.file {
				t.later = h
			}
		case takes && st == later:
			if !h.guarded {
				remade = h.file // a file that takes it first, without a guard, is not the one that brings it
			}
		case gives && st == void:
			if t.made == nil {
				t.void = h
			}
		case gives && h.in != nil && h.in == passed:
			t.skipped = append(t.skipped, h.in)
		case gives && h.maybe:
			if t.made == nil {
				t.maybe = h
			}
		case gives && h.guarded && t.made != nil:
			t.skipped = append(t.skipped, h)
		case gives:
			t = trace{made: h, later: t.later, other: t.other}
		case takes && st == void:
			t.voidGone = h
		case takes && st == ran:
			d.take(&t, h)
		}
	}
	if t.made != nil && o.Class == Relation && t.made.Of != "" { // an index goes with its table
		if on := d.trace(Object{Class: Relation, Name: t.made.Of}, -1, f); on.gone != nil && on.gone.n > t.made.n {
			d.take(&t, on.gone)
		}
	}
	return t
}

// take notes that the object is gone.
func (d *doctor) take(t *trace, h *happening) {
	switch {
	case h.maybe && t.made == nil && t.maybe == nil:
	case h.guarded && t.made == nil && t.maybe == nil:
	default:
		t.gone, t.made, t.maybe, t.skipped, t.void = h, nil, nil, nil, nil
	}
}

// follow takes note of what happens to the table or type that a child belongs to.
func (d *doctor) follow(t *trace, table, passed **happening, h *happening, st state, lineage []name) {
	parent := Object{Class: h.Class, Name: ofAt(lineage, h.n)}
	switch {
	case st != ran || h.Name != parent.Name || h.act != makes && h.act != drops:
	case h.act == drops:
		if t.made != nil || t.maybe != nil {
			d.take(t, h)
		}
		if !h.maybe {
			*table = nil
		}
	case *table != nil && h.guarded:
		*passed = h
	case !h.maybe:
		*table, *passed = h, nil
		t.made, t.maybe, t.skipped = nil, nil, nil
	}
}

// relevant are the happenings that may be about an object or what it stands on, in order.
func (d *doctor) relevant(o Object) []*happening {
	all := slices.Clone(d.index.about(o))
	if o.child() && o.Of != "" {
		seen := map[string]bool{}
		for queue := []string{o.Of}; len(queue) > 0; queue = queue[1:] {
			if seen[queue[0]] {
				continue
			}
			seen[queue[0]] = true
			parent := o.parent()
			parent.Name = queue[0]
			for _, h := range d.index.about(parent) {
				all = append(all, h)
				if h.act == renames && h.to.Name == queue[0] {
					queue = append(queue, h.Name)
				}
			}
		}
	}
	if o.Schema != "" {
		all = append(all, d.index.about(Object{Class: Schema, Name: o.Schema})...)
	}
	slices.SortFunc(all, func(a, b *happening) int { return a.n - b.n })
	return slices.Compact(all)
}

// takesAll reports whether a happening drops the schema that an object lives in.
func takesAll(h *happening, o Object) bool {
	return h.act == drops && h.Class == Schema && o.Class != Schema && h.Name == o.Schema
}

// name is what a table was called from a happening on.
type name struct {
	text string
	from int
}

// lineage are the names that the table of a child had up to a failure, the last one first.
func (d *doctor) lineage(o Object, f *Failure) []name {
	if !o.child() || o.Of == "" {
		return []name{{o.Of, -1}}
	}
	all := []name{}
	current, until := o.Of, len(d.index.all)
	for range 20 { // names that go in a circle end somewhere
		var before *happening
		for _, h := range d.index.about(Object{Class: o.parent().Class, Name: current}) {
			if h.act == renames && h.to.Name == current && h.Name != current && h.n < until && d.state(h, f) == ran {
				before = h
			}
		}
		if before == nil {
			break
		}
		all = append(all, name{current, before.n})
		current, until = before.Name, before.n
	}
	return append(all, name{current, -1})
}

// ofAt is what the table was called when happening n took place.
func ofAt(lineage []name, n int) string {
	for _, l := range lineage {
		if n > l.from {
			return l.text
		}
	}
	return lineage[len(lineage)-1].text
}

// cascade finds the DROP … CASCADE that took away something of which nobody else did: one behind its making, of what its
// making mentions, or of what that stands on in turn.
func (d *doctor) cascade(made *happening, f *Failure, depth int) *happening {
	mentioned := names(made.text(d.files))
	for _, h := range d.index.all[made.n+1:] {
		if h.act == drops && h.cascade && d.state(h, f) == ran && (slices.Contains(mentioned, h.Name) || h.Of != "" && slices.Contains(mentioned, h.Of)) {
			return h
		}
	}
	if depth == 0 {
		return nil
	}
	for _, name := range mentioned {
		if name == made.Name || !d.isRelation(name) {
			continue
		}
		if t := d.trace(Object{Class: Relation, Name: name}, -1, f); t.made != nil && t.made.n < made.n {
			if h := d.cascade(t.made, f, depth-1); h != nil && h.n > made.n {
				return h
			}
		}
	}
	return nil
}

// text is the statement that a happening stands in.
func (h *happening) text(files []*migration.Migration) string {
	return h.statement(files).Text()
}

func (h *happening) statement(files []*migration.Migration) source.Span {
	var found source.Span
	for _, s := range files[h.file].Statements() {
		if s.Start <= h.at.Start {
			found = s.Span
		}
	}
	if found.IsZero() {
		return h.at
	}
	return found
}

// isRelation reports whether some file makes a relation of that name.
func (d *doctor) isRelation(name string) bool {
	return slices.ContainsFunc(d.index.about(Object{Class: Relation, Name: name}), func(h *happening) bool {
		return h.gives(Object{Class: Relation, Name: name})
	})
}

// folded finds what has the name but for upper and lower case.
func (d *doctor) folded(o Object) *happening {
	for _, h := range d.index.fold[nameKey{o.Class, strings.ToLower(o.Name)}] {
		if h.act == makes && h.Name != o.Name {
			return h
		}
	}
	return nil
}
