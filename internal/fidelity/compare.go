package fidelity

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Status is where an object is, or that it is on both sides and not the same.
type Status string

// The statuses.
const (
	New     Status = "new"     // there only: new on the platform
	Gone    Status = "gone"    // here only
	Changed Status = "changed" // on both sides, with other properties
)

// Difference is one object in which two platforms differ.
type Difference struct {
	Status     Status     `json:"status" jsonschema:"new: only there; gone: only here; changed: on both sides with other properties"`
	Schema     string     `json:"schema,omitempty"`
	Kind       string     `json:"kind"`
	Name       string     `json:"name"`
	Properties []Property `json:"properties,omitempty" jsonschema:"what differs; of a new object all that it has"`
	Parts      int        `json:"parts,omitempty" jsonschema:"how many objects in it are here only as well"`
	Why        string     `json:"why,omitempty" jsonschema:"why it differs on purpose"`
}

// IsBody reports whether nothing differs but how a function's body is written.
func (d Difference) IsBody() bool {
	return d.Status == Changed && d.Kind == "function" && len(d.Properties) == 1 && d.Properties[0].Name == body
}

// Title names the object with its kind and schema.
func (d Difference) Title() string {
	return d.Kind + " " + Fact{Kind: d.Kind, Schema: d.Schema, Name: d.Name}.title()
}

// Property is one property on both sides; "" is none.
type Property struct {
	Name  string `json:"name"`
	Here  string `json:"here,omitempty"`
	There string `json:"there,omitempty"`
}

// Comparison is how our platform and another one differ.
type Comparison struct {
	Differences []Difference // of the platform, sorted by schema, kind, name
	Purposed    []Difference // ours by decision, each with the reason
	Own         []string     // what is the project's own there, by its title
	Gaps        []Gap        // what was not compared
	Same        int          // objects that are the same on both sides
}

// Compare holds our reading against another one's. Both must be of the same major of Postgres.
func Compare(here, there *Reading) *Comparison {
	c := &comparison{
		Comparison: &Comparison{Gaps: slices.Concat(here.Gaps, there.Gaps)},
		here:       index(here), there: index(there), strangers: map[string]bool{},
	}
	for _, f := range there.Facts {
		if _, ours := c.here[f.key()]; f.Kind == "role" && f.Own && !ours {
			c.strangers[f.Name] = true
		}
	}
	for _, f := range here.Facts {
		if !c.hidden(f) {
			c.compare(f)
		}
	}
	for _, f := range there.Facts {
		if _, ours := c.here[f.key()]; !ours && !c.hidden(f) {
			c.only(f)
		}
	}
	order := func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	}
	slices.SortFunc(c.Differences, order)
	slices.SortFunc(c.Purposed, order)
	slices.Sort(c.Own)
	return c.Comparison
}

// comparison is one under way.
type comparison struct {
	*Comparison
	here, there map[key]Fact
	strangers   map[string]bool // roles that users made there
}

func index(r *Reading) map[key]Fact {
	all := make(map[key]Fact, len(r.Facts))
	for _, f := range r.Facts {
		all[f.key()] = f
	}
	return all
}

func (c *comparison) hidden(f Fact) bool {
	return slices.ContainsFunc(c.Gaps, func(g Gap) bool { return g.hides(f) })
}

// compare looks for a fact of ours on the other side.
func (c *comparison) compare(f Fact) {
	other, ok := c.there[f.key()]
	if !ok {
		if c.missing(f) {
			return // told with what it is part of
		}
		d := Difference{Status: Gone, Schema: f.Schema, Kind: f.Kind, Name: f.Name, Parts: c.parts(f)}
		if d.Parts == 0 {
			d.Properties = c.properties(f, f.Properties, nil)
		}
		c.tell(d)
		return
	}
	if changed := c.properties(f, f.Properties, other.Properties); len(changed) > 0 {
		c.tell(Difference{Status: Changed, Schema: f.Schema, Kind: f.Kind, Name: f.Name, Properties: changed})
		return
	}
	c.Same++
}

// only takes a fact that is only on the other side. The parts of what is the user's are told with it.
func (c *comparison) only(f Fact) {
	switch {
	case !f.Own:
		c.tell(Difference{Status: New, Schema: f.Schema, Kind: f.Kind, Name: f.Name, Properties: c.properties(f, nil, f.Properties)})
	case !slices.ContainsFunc(wholes(f), c.own):
		c.Own = append(c.Own, f.Kind+" "+f.title())
	}
}

// own reports whether something is the user's: it is there only, and may be.
func (c *comparison) own(k key) bool {
	_, ours := c.here[k]
	return !ours && c.there[k].Own
}

// missing reports whether what a fact of ours is part of is, as a whole, not on the other side.
func (c *comparison) missing(f Fact) bool {
	return slices.ContainsFunc(wholes(f), func(k key) bool {
		_, here := c.here[k]
		_, there := c.there[k]
		return here && !there
	})
}

// wholes are what a fact may be part of: a schema, a table.
func wholes(f Fact) []key {
	var all []key
	if f.Schema != "" && f.Kind != "schema" {
		all = append(all, key{"schema", f.Schema, f.Schema})
	}
	if f.Of != "" {
		for _, kind := range []string{"table", "view", "materialized view"} {
			all = append(all, key{kind, f.Schema, f.Of})
		}
	}
	return all
}

// parts counts the facts of ours that are part of one.
func (c *comparison) parts(f Fact) int {
	n := 0
	for _, part := range c.here {
		if slices.Contains(wholes(part), f.key()) && !c.hidden(part) {
			n++
		}
	}
	return n
}

// properties returns in which properties the sides of a fact differ. What was granted to a user's role is the user's.
func (c *comparison) properties(f Fact, here, there map[string]string) []Property {
	names := slices.Concat(slices.Collect(maps.Keys(here)), slices.Collect(maps.Keys(there)))
	slices.Sort(names)
	var all []Property
	for _, name := range slices.Compact(names) {
		if here[name] == there[name] || slices.ContainsFunc(c.Gaps, func(g Gap) bool { return g.hidesProperty(f, name) }) {
			continue
		}
		if role, ok := strings.CutPrefix(name, grantTo); ok && c.strangers[role] && here[name] == "" {
			c.Own = append(c.Own, "grant on "+f.Kind+" "+f.title()+" to "+role)
			continue
		}
		all = append(all, Property{Name: name, Here: here[name], There: there[name]})
	}
	return all
}

// tell puts a difference among those of the platform, or those that we made on purpose.
func (c *comparison) tell(d Difference) {
	for _, p := range purposes {
		if p.explains(d) {
			d.Why = p.why
			c.Purposed = append(c.Purposed, d)
			return
		}
	}
	c.Differences = append(c.Differences, d)
}
