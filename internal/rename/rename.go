// Package rename finds what may have been renamed: something that goes and something that comes, of one kind, in one
// place, and alike but for names. Whether it was is shown by trying, or said by a person.
package rename

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/planner"
)

// Candidate is an object that may be another one under a new name.
type Candidate struct {
	From, To *catalog.Object
	Sure     bool   // they are equal but for names, and nothing else comes into question
	Note     string // why it is not sure

	within     string // what in the object would be renamed; "" where it is the object itself
	statements []catalog.Statement
}

// String says what would be renamed.
func (c Candidate) String() string {
	if c.within != "" {
		return fmt.Sprintf("%s: %s", c.From.ID, c.within)
	}
	return fmt.Sprintf("%s to %s", c.From.ID, c.To.Path)
}

// Step is the rename in a plan.
func (c Candidate) Step(o *catalog.Context) []planner.Step {
	statements := c.statements
	if c.within == "" {
		statements = c.From.In().Kind(c.From.Kind).Rename(o, c.From, c.To)
	}
	if holdsData(c.From) {
		statements = catalog.With(statements, catalog.Hazard{
			Kind: catalog.Renames, Text: fmt.Sprintf("what %s holds is kept under the new name; with --renames off it is dropped", c.From.Path),
		})
	}
	var all []planner.Step
	for _, s := range statements {
		all = append(all, planner.Step{Statement: s, Verb: "rename", Object: c.To.ID, Group: planner.Group(c.To).ID, Was: c.From.ID})
	}
	return all
}

// Candidates returns what may have been renamed on the way from one catalog to the other: those that are sure, those of
// which there are several, and the near misses, where dropping would lose data. Each is about objects whose parent stays:
// what is in something renamed comes into question once that has its new name.
func Candidates(from, to *catalog.Catalog) []Candidate {
	gone, came := unmatched(from, to), unmatched(to, from)
	var all []Candidate
	for _, p := range places(gone) {
		all = append(all, p.match(gone[p], came[p])...)
	}
	return append(all, within(from, to)...)
}

// within are the parts of objects that are none themselves and may have been renamed.
func within(from, to *catalog.Catalog) []Candidate {
	var all []Candidate
	for _, o := range from.Sorted() {
		k, twin := from.Kind(o.Kind), to.Objects[o.ID]
		if k.Within == nil || twin == nil {
			continue
		}
		if what, statements := k.Within(o, twin); len(statements) > 0 {
			all = append(all, Candidate{From: o, To: twin, Note: "rows that have the one would have the other", within: what, statements: statements})
		}
	}
	return all
}

// place is where objects of one kind stand.
type place struct {
	kind   string
	parent catalog.ID
}

// unmatched are the objects that only one catalog has, though both have what they are in.
func unmatched(c, other *catalog.Catalog) map[place][]*catalog.Object {
	all := map[place][]*catalog.Object{}
	for _, o := range c.Sorted() {
		k := c.Kind(o.Kind)
		stays := o.Parent == (catalog.ID{}) || other.Objects[o.Parent] != nil
		if other.Objects[o.ID] == nil && stays && k.Rename != nil && !k.Satellite {
			p := place{o.Kind, o.Parent}
			all[p] = append(all[p], o)
		}
	}
	return all
}

func places(m map[place][]*catalog.Object) []place {
	var all []place
	for p := range m {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b place) int {
		return catalog.ID{Kind: a.kind, Path: a.parent.String()}.Compare(catalog.ID{Kind: b.kind, Path: b.parent.String()})
	})
	return all
}

// match pairs what went with what came, first what is equal in everything, then what is equal but for its satellites:
// a comment or a grant may change with a name.
func (place) match(gone, came []*catalog.Object) []Candidate {
	var all []Candidate
	for _, whole := range []bool{true, false} {
		goes, comes := signed(gone, whole), signed(came, whole)
		for _, o := range slices.Clone(gone) {
			key := sign(o, whole)
			if o.In().Kind(o.Kind).Satellite || len(comes[key]) == 0 || !whole && !hasParts(o) {
				continue
			}
			for _, twin := range comes[key] {
				c := Candidate{From: o, To: twin, Sure: len(goes[key]) == 1 && len(comes[key]) == 1}
				switch {
				case !c.Sure:
					c.Note = fmt.Sprintf("%d that go and %d that come are alike", len(goes[key]), len(comes[key]))
				case moved(o, twin):
					c.Sure, c.Note = false, "it is like it, in another place"
				}
				all = append(all, c)
			}
		}
		gone, came = left(gone, all), left(came, all)
	}
	all = append(all, kept(gone, came)...)
	return append(all, near(left(gone, all), left(came, all))...)
}

// left are the objects that are in no candidate.
func left(some []*catalog.Object, all []Candidate) []*catalog.Object {
	return slices.DeleteFunc(slices.Clone(some), func(o *catalog.Object) bool {
		return slices.ContainsFunc(all, func(c Candidate) bool { return c.From == o || c.To == o })
	})
}

// many is how many pairs are looked at one by one.
const many = 1000

// kept are the pairs that are equal where the parts keep the names which the old one gave them: a table that became people
// and has its users_pkey still.
func kept(gone, came []*catalog.Object) []Candidate {
	if len(gone)*len(came) > many {
		return nil
	}
	var all []Candidate
	for _, o := range gone {
		for _, twin := range came {
			if m := masked(o, twin); hasParts(o) && m.sign(o, true, false) == m.sign(twin, true, false) {
				all = append(all, Candidate{From: o, To: twin, Sure: true})
			}
		}
	}
	for i, c := range all {
		pairs := 0
		for _, other := range all {
			if other.From == c.From || other.To == c.To {
				pairs++
			}
		}
		if pairs > 1 {
			all[i].Sure, all[i].Note = false, "another pair is as alike"
		}
	}
	return all
}

func signed(all []*catalog.Object, whole bool) map[string][]*catalog.Object {
	by := map[string][]*catalog.Object{}
	for _, o := range all {
		key := sign(o, whole)
		by[key] = append(by[key], o)
	}
	return by
}

// moved reports whether an object that says little by itself, a column, stands in another place than the one that is like
// it. One that is renamed keeps its number (Postgres docs, pg_attribute); one that is made anew has another.
func moved(from, to *catalog.Object) bool {
	return !hasParts(from) && from.Info.Text("position") != to.Info.Text("position")
}

// hasParts reports whether an object consists of more than itself and its satellites, so that being equal says much.
func hasParts(o *catalog.Object) bool {
	return slices.ContainsFunc(o.Children(), func(c *catalog.Object) bool { return !o.In().Kind(c.Kind).Satellite })
}

// near are the pairs that have most in common, of what holds data.
func near(gone, came []*catalog.Object) []Candidate {
	var all []Candidate
	for _, o := range gone {
		if !holdsData(o) {
			continue
		}
		for _, twin := range came {
			same, of := common(o, twin)
			switch {
			case hasParts(o) && same*5 >= of*3:
				all = append(all, Candidate{From: o, To: twin, Note: fmt.Sprintf("%d of %d parts are the same", same, of)})
			case !hasParts(o) && len(gone) == 1 && len(came) == 1:
				all = append(all, Candidate{From: o, To: twin, Note: "it differs in " + difference(o, twin)})
			}
		}
	}
	return all
}

// holdsData reports whether dropping an object loses something that its definition does not bring back.
func holdsData(o *catalog.Object) bool {
	c := &catalog.Context{Server: o.In().Server, Role: o.In().Role, From: o.In(), To: &catalog.Catalog{}}
	return slices.ContainsFunc(o.In().Kind(o.Kind).Drop(c, o), func(s catalog.Statement) bool {
		return slices.ContainsFunc(s.Hazards, func(h catalog.Hazard) bool { return h.Kind == catalog.Loss })
	})
}

// difference names what a single object and another one differ in.
func difference(a, b *catalog.Object) string {
	list := a.Differing(b)
	kinds := map[string]string{}
	for _, c := range a.Children() {
		kinds[c.Kind] += masked(a).sign(c, false, true)
	}
	for _, c := range b.Children() {
		if kinds[c.Kind] == masked(b).sign(c, false, true) {
			delete(kinds, c.Kind)
		} else {
			kinds[c.Kind] = ""
		}
	}
	for kind := range kinds {
		list = append(list, kind)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// common counts the parts that two objects share, and all that the larger one has.
func common(a, b *catalog.Object) (same, of int) {
	parts := func(o *catalog.Object) []string {
		m := masked(o)
		var list []string
		for _, c := range o.Children() {
			if !o.In().Kind(c.Kind).Satellite {
				list = append(list, m.sign(c, false, false))
			}
		}
		return list
	}
	left, right := parts(a), parts(b)
	of = max(len(left), len(right))
	for _, s := range left {
		if i := slices.Index(right, s); i >= 0 {
			same++
			right = slices.Delete(right, i, i+1)
		}
	}
	return same, of
}
