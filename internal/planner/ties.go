package planner

import (
	"bytes"
	"maps"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
)

// isOwn reports whether a need with a tie is that of the object which is tied, not of something in it.
func (g *graph) isOwn(id catalog.ID, n catalog.Need) bool { return g.From.Objects[n.Tie].Parent == id }

// holds reports whether what is dropped goes with something else by way of a need: one with a tie does only while the
// tie is there.
func (g *graph) holds(id catalog.ID, n catalog.Need) bool {
	return n.Tie == (catalog.ID{}) || g.isOwn(id, n) || g.stays(n.Tie)
}

// atOnce reports whether a tie is made with what it ties.
func (g *graph) atOnce(tie catalog.ID) bool { return g.AtOnce(g.To.Objects[tie]) }

// isMerged reports whether what is made is also by itself, not only by a tie: whichever of the two comes later is merged
// with the other. A constraint that is valid cannot be merged into one that is not.
func (g *graph) isMerged(id catalog.ID, n catalog.Need) bool {
	tie := g.To.Objects[n.Tie]
	return !n.Auto && n.On.Kind == id.Kind && tie != nil && tie.Parent != id
}

// comesWith reports whether what a tie needs is in what it ties, which is made with it.
func (g *graph) comesWith(a *action, n catalog.Need) bool {
	on := g.To.Objects[n.On]
	return a.kind.Ties && a.to != nil && on != nil && on.Parent == a.to.Parent && g.atOnce(a.to.ID)
}

// merge takes out the actions on what other actions do on the side.
func (g *graph) merge() {
	gone := map[*action]bool{}
	own := maps.Clone(g.creates)
	for id, a := range own {
		if by := g.maker(own, a); by != a {
			gone[a] = true
			g.creates[id] = by
		}
	}
	for id, a := range g.creates {
		if !gone[a] && a.id() == id {
			a.model = g.model(id)
		}
	}
	for id, a := range g.alters {
		for _, n := range g.To.Needs(id) {
			of := g.alters[n.On]
			if n.Tie == (catalog.ID{}) || of == nil || of.kind != a.kind || !g.stays(n.Tie) {
				continue
			}
			before := len(a.spread)
			for _, attr := range g.altering(a.change) {
				same := bytes.Equal(a.to.Attrs.Raw(attr), of.to.Attrs.Raw(attr))
				spreads := a.kind.Rules[attr].Spreads
				switch {
				case spreads == nil || !same || !slices.Contains(g.altering(of.change), attr):
				case spreads(a.from, a.to):
					a.spread = append(a.spread, attr)
				case a.to.Attrs.Has(attr): // of its own, and there before
					of.before = append(of.before, a)
				default: // and gone after
					a.before = append(a.before, of)
				}
			}
			if len(a.spread) > before {
				g.spreads[id] = append(g.spreads[id], of)
			}
		}
	}
	g.actions = slices.DeleteFunc(g.actions, func(a *action) bool { return gone[a] })
}

// maker returns the action that makes on the side what an action would make, by way of others; else the action itself.
func (g *graph) maker(own map[catalog.ID]*action, a *action) *action {
	if a.kind.MadeBy == nil || a.to == nil {
		return a
	}
	if by := a.kind.MadeBy(g.Context, a.to); by != (catalog.ID{}) && own[by] != nil {
		return g.maker(own, own[by])
	}
	return a
}

// linkTies orders what ties bring along: what is tied is changed first where it can be, and with what it is tied to
// otherwise; a tie is made when both sides are as they shall be, and undone before anything happens to them.
func (g *graph) linkTies(a *action) {
	id := a.id()
	then := func(b *action) {
		if b != nil && b != a {
			b.before = append(b.before, a)
		}
	}
	after := func(b *action) {
		if b != nil && b != a {
			a.before = append(a.before, b)
		}
	}
	switch a.verb {
	case create:
		if a.to == nil {
			return
		}
		for _, n := range g.To.Needs(id) {
			switch {
			case n.Tie == (catalog.ID{}) || g.To.Objects[n.Tie].Parent == id || !g.stays(n.Tie):
			case a.model != nil || a.kind.Copies:
				after(g.creates[n.On])
			default:
				then(g.creates[n.On])
			}
		}
	case alter, follow:
		for _, b := range g.spreads[id] {
			after(b)
		}
	case drop:
		for _, n := range g.From.Needs(id) {
			if n.Tie != (catalog.ID{}) && !g.isOwn(id, n) && g.stays(n.Tie) {
				after(g.drops[n.On])
			}
		}
	}
	if a.kind.Ties {
		g.linkTie(a, then, after)
	}
}

// linkTie orders what happens to a tie and to what is in the other side.
func (g *graph) linkTie(a *action, then, after func(*action)) {
	each := func(tie *catalog.Object, in *catalog.Catalog, do func(id catalog.ID)) {
		other := tie.In().TiedTo(tie)
		if other == nil || in.Objects[other.ID] == nil {
			return
		}
		for _, o := range in.Objects[other.ID].Children() {
			if k := g.kind(o); !k.Satellite && !k.Free {
				do(o.ID)
			}
		}
	}
	if a.verb == create {
		each(a.to, g.To, func(id catalog.ID) { g.linkBehind(a.to, id, then) })
	}
	switch {
	case a.verb == drop:
		for _, o := range a.from.Up().Children() {
			then(g.alters[o.ID])
		}
		each(a.from, g.From, func(id catalog.ID) {
			then(g.drops[id])
			then(g.alters[id])
		})
		each(a.from, g.To, func(id catalog.ID) { then(g.creates[id]) })
	case a.verb == create && !g.atOnce(a.id()):
		for _, o := range a.to.Up().Children() {
			after(g.alters[o.ID])
		}
		each(a.to, g.To, func(id catalog.ID) {
			if !g.isBehind(a.to, id) {
				after(g.creates[id])
			}
			after(g.alters[id])
		})
		each(a.to, g.From, func(id catalog.ID) { after(g.drops[id]) })
		for _, old := range g.undone(a.kind.Name)[g.To.TiedTo(a.to).ID] { // bounds must not overlap
			after(old)
		}
	}
}

// isBehind reports whether an object is made after a tie to what it is in.
func (g *graph) isBehind(tie *catalog.Object, id catalog.ID) bool {
	o := g.To.Objects[id]
	behind := g.kind(o).Behind
	return behind != nil && behind(tie, o)
}

// linkBehind has made after a tie what would otherwise come along with it, and what that is there for by other ties.
func (g *graph) linkBehind(tie *catalog.Object, id catalog.ID, then func(*action)) {
	if !g.isBehind(tie, id) {
		return
	}
	then(g.creates[id])
	for _, n := range g.To.Needs(id) {
		if n.Tie != (catalog.ID{}) && n.On.Kind == id.Kind {
			g.linkBehind(tie, n.On, then)
		}
	}
}

// undone are the drops of ties of a kind, by what they tied to.
func (g *graph) undone(kind string) map[catalog.ID][]*action {
	if known, ok := g.ties[kind]; ok {
		return known
	}
	all := map[catalog.ID][]*action{}
	for _, tie := range g.From.OfKind(kind) {
		if other := g.From.TiedTo(tie); other != nil && g.drops[tie.ID] != nil {
			all[other.ID] = append(all[other.ID], g.drops[tie.ID])
		}
	}
	g.ties[kind] = all
	return all
}
