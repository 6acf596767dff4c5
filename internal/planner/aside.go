package planner

import (
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
)

// follows has d go over to the new form of what is replaced, if both can.
func (w *work) follows(c *change, d, to *catalog.Object) bool {
	k := w.kind(d)
	next := w.successor(c)
	if next == nil || w.kind(c.from).Aside == nil || k.Follow == nil || len(k.Follow(w.Context, to, next)) == 0 {
		return false
	}
	c.aside = true
	now := w.changes[d.ID]
	if now == nil {
		now = &change{from: d, to: to}
		w.changes[d.ID] = now
	}
	now.verb = follow
	now.after = append(now.after, next)
	w.queue = append(w.queue, now)
	return true
}

// successor is what an object that goes is replaced by: its new form, or what takes its name; nil where there is neither.
func (w *work) successor(c *change) *catalog.Object {
	if c.verb == replace {
		return c.to
	}
	if w.coming == nil {
		w.coming = map[string]*catalog.Object{}
		for _, d := range w.changes {
			if d.verb == create && w.kind(d.to).Space != nil {
				for _, name := range w.kind(d.to).Space(d.to) {
					w.coming[name] = d.to
				}
			}
		}
	}
	if k := w.kind(c.from); k.Space != nil {
		for _, name := range k.Space(c.from) {
			if next := w.coming[name]; next != nil {
				return next
			}
		}
	}
	return nil
}

// makeRoom has put aside what goes and has the name of what comes, where something lets go of the one only by being altered,
// which may need the other: an enum in place of a domain.
func (w *work) makeRoom() {
	for _, c := range w.changes {
		if c.verb != drop || w.kind(c.from).Aside == nil || w.successor(c) == nil {
			continue
		}
		c.aside = c.aside || slices.ContainsFunc(w.From.Needed(c.from.ID), func(n catalog.Need) bool {
			d := w.changes[n.On]
			return d != nil && (d.verb == alter || d.verb == follow)
		})
	}
}

// putAside has put aside as well what the old form of something put aside needs: it goes no earlier.
func (w *work) putAside() {
	var all []*change
	for _, c := range w.changes {
		if c.aside {
			all = append(all, c)
		}
	}
	for len(all) > 0 {
		c := all[0]
		all = all[1:]
		for _, o := range append(c.from.Children(), c.from) {
			for _, n := range w.From.Needs(o.ID) {
				d := w.changes[n.On]
				if d != nil && d.verb == replace && !d.aside && w.kind(d.from).Aside != nil {
					d.aside = true
					all = append(all, d)
				}
			}
		}
	}
}

// remains reports whether what an object is part of and what it needs stay as they are, so that its old form can be as long
// as the new one is made.
func (w *work) remains(o *catalog.Object) bool {
	for _, n := range w.From.Needs(o.ID) {
		switch c := w.changes[n.On]; {
		case c == nil:
		case c.verb == replace, (c.verb == alter || c.verb == follow) && w.inTheWay(c, o):
			return false
		}
	}
	up := o.Up()
	return up == nil || w.remains(up)
}
