package catalog

import "slices"

// Change is one object that came, went, or has other attributes.
type Change struct {
	From, To *Object  // nil where it came, nil where it went
	Attrs    []string // the attributes that differ, sorted; of an object that is on both sides
}

// ID is that of the object.
func (c Change) ID() ID {
	if c.To != nil {
		return c.To.ID
	}
	return c.From.ID
}

// Diff returns the changes that make to of from, sorted by ID.
func Diff(from, to *Catalog) []Change {
	if from.compared != to {
		from.compared, from.changes = to, diff(from, to)
	}
	return slices.Clone(from.changes)
}

func diff(from, to *Catalog) []Change {
	var all []Change
	both := 0
	for id, o := range from.Objects {
		other := to.Objects[id]
		if other == nil {
			all = append(all, Change{From: o})
			continue
		}
		both++
		if attrs := o.Attrs.differing(&other.Attrs); len(attrs) > 0 {
			all = append(all, Change{From: o, To: other, Attrs: attrs})
		}
	}
	if both < len(to.Objects) {
		for id, o := range to.Objects {
			if from.Objects[id] == nil {
				all = append(all, Change{To: o})
			}
		}
	}
	slices.SortFunc(all, func(a, b Change) int { return a.ID().Compare(b.ID()) })
	return all
}

// Differing returns the names of the attributes in which two objects differ, sorted.
func (o *Object) Differing(other *Object) []string { return o.Attrs.differing(&other.Attrs) }
