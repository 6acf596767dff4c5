package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Attrs are an object's attributes by name, as JSON that Postgres has printed: for one kind always in one form, so that
// equal texts are equal attributes. What is null is not there. They are taken apart at the first look.
type Attrs struct {
	raw    string
	values map[string]json.RawMessage
}

// AttrsOf makes attributes of values, which must be of types that encoding/json writes. What is nil is left out.
func AttrsOf(values map[string]any) Attrs {
	raw := map[string]json.RawMessage{}
	for name, v := range values {
		if v == nil {
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			panic(fmt.Sprintf("catalog: attribute %s: %v", name, err)) // a mistake of the caller's
		}
		raw[name] = text
	}
	text, _ := json.Marshal(raw)
	return Attrs{raw: string(text), values: raw}
}

// String returns the attributes as JSON.
func (a *Attrs) String() string {
	if a.raw == "" {
		return "{}"
	}
	return a.raw
}

func (a *Attrs) all() map[string]json.RawMessage {
	if a.values == nil && a.raw != "" {
		if err := json.Unmarshal([]byte(a.raw), &a.values); err != nil {
			panic(fmt.Sprintf("catalog: attributes %.80s: %v", a.raw, err)) // a kind's list.sql gave no object
		}
		maps.DeleteFunc(a.values, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	}
	return a.values
}

// value is one attribute. Most texts have no such name in them, and are not taken apart to be sure of that.
func (a *Attrs) value(name string) json.RawMessage {
	if a.values == nil && !strings.Contains(a.raw, name) {
		return nil
	}
	return a.all()[name]
}

// Names returns the names of the attributes, sorted.
func (a *Attrs) Names() []string { return slices.Sorted(maps.Keys(a.all())) }

// Has reports whether the attribute is there.
func (a *Attrs) Has(name string) bool { return a.value(name) != nil }

// Raw returns an attribute as JSON, nil where it is not there.
func (a *Attrs) Raw(name string) json.RawMessage { return a.value(name) }

// Text returns an attribute that is a string, a number or a boolean as text, "" where it is not there.
func (a *Attrs) Text(name string) string {
	raw := a.value(name)
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		a.decode(name, &text)
		return text
	}
	return string(raw)
}

// Bool returns an attribute that is a boolean, false where it is not there.
func (a *Attrs) Bool(name string) bool { return string(a.value(name)) == "true" }

// Int returns an attribute that is a number, 0 where it is not there.
func (a *Attrs) Int(name string) int {
	var n int
	a.decode(name, &n)
	return n
}

// Texts returns an attribute that is a list of strings.
func (a *Attrs) Texts(name string) []string {
	var list []string
	a.decode(name, &list)
	return list
}

// Map returns an attribute that is an object of strings.
func (a *Attrs) Map(name string) map[string]string {
	var m map[string]string
	a.decode(name, &m)
	return m
}

// Decode puts an attribute into v, and leaves v as it is where there is none.
func (a *Attrs) Decode(name string, v any) { a.decode(name, v) }

func (a *Attrs) decode(name string, v any) {
	raw := a.value(name)
	if raw == nil {
		return
	}
	if err := json.Unmarshal(raw, v); err != nil {
		panic(fmt.Sprintf("catalog: attribute %s is %s: %v", name, raw, err)) // a kind's list.sql and its Go do not fit
	}
}

// differing returns the names of the attributes in which a and b differ, sorted.
func (a *Attrs) differing(b *Attrs) []string {
	if a.raw == b.raw {
		return nil
	}
	var names []string
	for name, value := range a.all() {
		if other := b.all()[name]; !bytes.Equal(value, other) && !bytes.Equal(canonical(value), canonical(other)) {
			names = append(names, name)
		}
	}
	for name := range b.all() {
		if a.all()[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// canonical is a value in the one form that encoding/json writes; jsonb orders keys otherwise.
func canonical(value json.RawMessage) []byte {
	if value == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return value
	}
	text, err := json.Marshal(v)
	if err != nil {
		return value
	}
	return text
}
