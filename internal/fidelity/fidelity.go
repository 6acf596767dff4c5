// Package fidelity holds our Supabase platform against a real one: it reads what a database's platform consists of as
// facts, restores a schema dump so that it can be read the same way, and says which facts differ. What users make is
// left out, or told as theirs.
package fidelity

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Fact is one object of a database's platform.
type Fact struct {
	Kind       string            // "table", "role setting", "default privileges"
	Schema     string            // "" for what belongs to no schema
	Name       string            // unique among the facts of its kind and schema: "users.email"
	Of         string            // the table of the same schema that it is part of; may be ""
	Own        bool              // it may be the user's: it is where our platform has nothing like it
	Properties map[string]string // what can differ; "grant to anon" says what anon may do
}

// String returns the fact as one line.
func (f Fact) String() string {
	var b strings.Builder
	b.WriteString(f.Kind + " " + f.title())
	for _, name := range slices.Sorted(maps.Keys(f.Properties)) {
		b.WriteString("; " + name + ": " + strings.Join(strings.Fields(f.Properties[name]), " "))
	}
	return b.String()
}

// title names the object with its schema.
func (f Fact) title() string {
	switch {
	case f.Schema == "" || f.Kind == "schema":
		return f.Name
	case f.Kind == "default privileges":
		return f.Name + " in " + f.Schema
	}
	return f.Schema + "." + f.Name
}

// key is what makes two facts be about the same object.
type key struct{ kind, schema, name string }

func (f Fact) key() key { return key{f.Kind, f.Schema, f.Name} }

// Gap is something that cannot be seen in a database or dump, so that it is not compared. Fields that are set narrow
// what is meant.
type Gap struct {
	Kind     string `json:"kind,omitempty" jsonschema:"only objects of this kind"`
	Schema   string `json:"schema,omitempty" jsonschema:"only what is in this schema"`
	Property string `json:"property,omitempty" jsonschema:"only this property; grant stands for all grants"`
	Why      string `json:"why"`
}

// What says what a gap hides: "the version of extensions".
func (g Gap) What() string {
	all := map[string]string{
		"": "everything", "database": "the owner of the database and grants on it", "default privileges": "default privileges",
		"index": "indexes", "policy": "policies",
	}[g.Kind]
	what := cmp.Or(all, g.Kind+"s")
	switch {
	case g.Property == "grant":
		return "grants"
	case g.Property != "" && g.Kind == "":
		return g.Property + "s"
	case g.Property != "":
		return "the " + g.Property + " of " + what
	case g.Schema != "":
		return "the schema " + g.Schema
	}
	return what
}

func (g Gap) hides(f Fact) bool {
	return g.Property == "" && (g.Kind == "" || g.Kind == f.Kind) && (g.Schema == "" || g.Schema == f.Schema)
}

func (g Gap) hidesProperty(f Fact, property string) bool {
	return g.Property != "" && (g.Kind == "" || g.Kind == f.Kind) &&
		(g.Property == property || g.Property == "grant" && strings.HasPrefix(property, grantTo))
}

// Reading is what was read of a database's platform.
type Reading struct {
	Facts []Fact // sorted by schema, kind, name
	Gaps  []Gap  // what could not be seen
}

// Has reports whether an object was read.
func (r *Reading) Has(kind, schema, name string) bool {
	return slices.ContainsFunc(r.Facts, func(f Fact) bool { return f.key() == key{kind, schema, name} })
}

// IsPlatform reports whether the database holds a Supabase platform at all: one of the services' schemas.
func (r *Reading) IsPlatform() bool {
	return r.Has("schema", "auth", "auth") || r.Has("schema", "storage", "storage") || r.Has("schema", "realtime", "realtime")
}

func (r *Reading) sort() {
	slices.SortFunc(r.Facts, func(a, b Fact) int {
		return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}
