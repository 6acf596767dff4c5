// Package rename finds what may have been renamed: something that goes and something that comes, of one kind, in one
// place, and alike but for names. Whether it was is shown by trying, or said by a person.
package rename

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/sqltext"
)

// Candidate is an object that may be another one under a new name.
type Candidate struct {
	From, To *catalog.Object
	Sure     bool   // they are equal but for names, and nothing else comes into question
	Note     string // why it is not sure
}

// String says what would be renamed.
func (c Candidate) String() string { return fmt.Sprintf("%s to %s", c.From.ID, c.To.Path) }

// Step is the rename in a plan.
func (c Candidate) Step(o *catalog.Context) []planner.Step {
	k := c.From.In().Kind(c.From.Kind)
	var all []planner.Step
	for _, s := range k.Rename(o, c.From, c.To) {
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
		left, right := signed(gone, whole), signed(came, whole)
		for _, o := range slices.Clone(gone) {
			key := sign(o, whole)
			if o.In().Kind(o.Kind).Satellite || len(right[key]) == 0 || !whole && !hasParts(o) {
				continue
			}
			for _, twin := range right[key] {
				c := Candidate{From: o, To: twin, Sure: len(left[key]) == 1 && len(right[key]) == 1}
				if !c.Sure {
					c.Note = fmt.Sprintf("%d that go and %d that come are alike", len(left[key]), len(right[key]))
				}
				all = append(all, c)
			}
		}
		taken := func(o *catalog.Object) bool {
			return slices.ContainsFunc(all, func(c Candidate) bool { return c.From == o || c.To == o })
		}
		gone, came = slices.DeleteFunc(slices.Clone(gone), taken), slices.DeleteFunc(slices.Clone(came), taken)
	}
	return append(all, near(gone, came)...)
}

func signed(all []*catalog.Object, whole bool) map[string][]*catalog.Object {
	by := map[string][]*catalog.Object{}
	for _, o := range all {
		key := sign(o, whole)
		by[key] = append(by[key], o)
	}
	return by
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

// mask hides one name in texts.
type mask struct{ name string }

// masked hides an object's own name; of a function what stands before its arguments.
func masked(o *catalog.Object) mask {
	name, _, _ := strings.Cut(o.Name(), "(")
	return mask{name}
}

// sign is an object with its parts as a text in which its own name does not show; whole is with its satellites.
func sign(o *catalog.Object, whole bool) string {
	m := masked(o)
	rest := strings.TrimPrefix(o.Name(), m.name)
	return rest + m.sign(o, true, whole)
}

func (m mask) sign(o *catalog.Object, root, whole bool) string {
	var b strings.Builder
	b.WriteString(o.Kind + " ")
	if !root {
		b.WriteString(m.word(o.Name()))
	}
	for _, name := range o.Attrs.Names() {
		b.WriteString("\x00" + name + "=")
		var v any
		o.Attrs.Decode(name, &v)
		text, _ := json.Marshal(m.value(v)) // what was decoded can be encoded
		b.Write(text)
	}
	var parts []string
	for _, c := range o.Children() {
		if whole || !o.In().Kind(c.Kind).Satellite {
			parts = append(parts, m.sign(c, false, whole))
		}
	}
	slices.Sort(parts)
	b.WriteString("{" + strings.Join(parts, "\x01") + "}")
	return b.String()
}

func (m mask) value(v any) any {
	switch v := v.(type) {
	case string:
		return m.text(v)
	case []any:
		for i := range v {
			v[i] = m.value(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = m.value(v[k])
		}
	}
	return v
}

// hidden stands in a signature for the name.
const hidden = "\x02"

// text hides the name in SQL.
func (m mask) text(sql string) string {
	var b strings.Builder
	end := 0
	for t := range sqltext.Tokens(sql) {
		token := sql[t.Start:t.End]
		end = t.End
		switch t.Kind {
		case sqltext.Word:
			b.WriteString(m.word(token))
		case sqltext.Identifier:
			b.WriteString(m.word(strings.ReplaceAll(token[1:len(token)-1], `""`, `"`)))
		case sqltext.String:
			if strings.HasPrefix(sql[t.End:], "::reg") { // 'public.users_id_seq'::regclass
				token = strings.ReplaceAll(token, m.name, hidden)
			}
			b.WriteString(token)
		default:
			b.WriteString(token)
		}
	}
	b.WriteString(sql[end:])
	return b.String()
}

// word hides the name, also where another one is made of it: users_pkey.
func (m mask) word(name string) string {
	if rest, ok := strings.CutPrefix(name, m.name); ok && m.name != "" && (rest == "" || strings.HasPrefix(rest, "_")) {
		return hidden + rest
	}
	return name
}
