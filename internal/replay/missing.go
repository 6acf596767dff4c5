package replay

import "slices"

// missing says why something is not there.
func (d *doctor) missing(f *Failure, o Object) (*Cause, *Failure) {
	if o.Class == Type {
		// A table's name is the name of its rows' type too.
		if len(d.index.about(o)) == 0 && d.isRelation(o.Name) {
			o.Class, o.Kind = Relation, "table"
		}
	}
	t := d.trace(o, f.arguments(o), f)
	switch {
	case t.void != nil:
		return nil, d.failed[t.void.file]
	case t.gone != nil && t.gone.act == renames && !o.child():
		return blame(Renamed, o, t.gone), nil
	case t.gone != nil && t.gone.act == renames && same(t.gone.Object, o):
		return blame(Renamed, o, t.gone), nil
	case t.gone != nil:
		return d.dropped(o, t.gone), nil
	case len(t.skipped) > 0:
		return blame(Skipped, o, t.skipped[len(t.skipped)-1]), nil
	case t.made != nil:
		if h := d.cascade(t.made, f, 5); h != nil {
			return d.dropped(o, h), nil
		}
		return blame(Elsewhere, o, t.made), nil
	case t.later != nil:
		return blame(Later, o, t.later), nil
	case t.maybe != nil:
		return blame(Skipped, o, t.maybe), nil
	case t.other != nil:
		return blame(Elsewhere, o, t.other), nil
	}
	if name := extensionOf(o); name != "" {
		return d.addon(f, o, name)
	}
	if h := d.folded(o); h != nil && d.state(h, f) == ran {
		return blame(Elsewhere, o, h), nil
	}
	for _, h := range d.aside.about(o) {
		if h.gives(o) {
			return blame(Unread, o, h), nil
		}
	}
	return blame(Never, d.named(o), nil), nil
}

// dropped is the cause for something that went, alone or with what it stood on.
func (d *doctor) dropped(o Object, h *happening) *Cause {
	c := blame(Dropped, o, h)
	if made := d.index.about(o); len(made) > 0 && made[0].Kind != "" && same(made[0].Object, o) {
		c.Object.Kind = made[0].Kind
	}
	return c
}

// named gives an object the kind that the statements which speak of it use, where the server only says "relation".
func (d *doctor) named(o Object) Object {
	if o.Kind != "relation" {
		return o
	}
	for _, h := range d.index.about(o) {
		if h.Kind != "relation" {
			o.Kind = h.Kind
			return o
		}
	}
	o.Kind = "table"
	return o
}

// addon says why an extension that brings an object is not there.
func (d *doctor) addon(f *Failure, o Object, name string) (*Cause, *Failure) {
	extension := Object{Class: Extension, Kind: "extension", Name: name}
	t := d.trace(extension, -1, f)
	switch {
	case t.void != nil:
		return nil, d.failed[t.void.file]
	case t.gone != nil:
		return blame(Dropped, extension, t.gone), nil
	case t.made != nil && o.Class != Extension:
		return blame(Elsewhere, o, t.made), nil
	case t.later != nil:
		return blame(Later, extension, t.later), nil
	}
	return blame(Addon, extension, nil), nil
}

// missingColumn says why a column is not there of which the server does not name the table.
func (d *doctor) missingColumn(f *Failure, o Object) (*Cause, *Failure) {
	text := f.statement().Text()
	if o.Of != "" {
		o.Of = aliased(text, o.Of, d.isRelation)
	}
	tables := []string{o.Of}
	if o.Of == "" || !d.isRelation(o.Of) {
		tables = nil
		for _, name := range names(text) {
			if d.hasColumns(name, f) && !slices.Contains(tables, name) {
				tables = append(tables, name)
			}
		}
	}
	var best *Cause
	for _, table := range tables {
		o.Of = table
		c, after := d.missing(f, o)
		switch {
		case after != nil:
			return nil, after
		case best == nil || weight(c.Why) > weight(best.Why):
			best = c
		}
	}
	if best == nil {
		return blame(Never, o, nil), nil
	}
	if best.Why == Elsewhere { // one of the tables has such a column; it is another that lacks it
		best = blame(Never, Object{Class: Column, Kind: "column", Name: o.Name}, nil)
	}
	return best, nil
}

// hasColumns reports whether a name is that of a table or view which some file made before a failure.
func (d *doctor) hasColumns(name string, f *Failure) bool {
	o := Object{Class: Relation, Name: name}
	return slices.ContainsFunc(d.index.about(o), func(h *happening) bool {
		return h.gives(o) && h.Kind != "index" && h.Kind != "sequence" && d.state(h, f) == ran
	})
}

// weight says how much a sort of cause explains.
func weight(w Why) int {
	return slices.Index([]Why{Never, Elsewhere, Unread, Later, Dropped, Renamed, Skipped}, w)
}
