package catalog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// Attrs are an object's attributes by name, as JSON that Postgres has printed: for one kind always in one form, so that
// equal texts are equal attributes. What is null is not there. They stay text: a catalog has tens of thousands, and most
// are never looked at.
type Attrs struct{ raw string }

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
	return Attrs{raw: string(text)}
}

// String returns the attributes as JSON.
func (a *Attrs) String() string {
	if a.raw == "" {
		return "{}"
	}
	return a.raw
}

// all are the attributes in the order of their text.
func (a *Attrs) all() iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		for name, value := range members(a.raw) {
			if value != "null" && !yield(name, json.RawMessage(value)) {
				return
			}
		}
	}
}

// text is one attribute as JSON, "" where it is not there.
func (a *Attrs) text(name string) string {
	if !strings.Contains(a.raw, name) {
		return ""
	}
	for n, value := range members(a.raw) {
		if n == name && value != "null" {
			return value
		}
	}
	return ""
}

// Names returns the names of the attributes, sorted.
func (a *Attrs) Names() []string {
	var names []string
	for name := range a.all() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Has reports whether the attribute is there.
func (a *Attrs) Has(name string) bool { return a.text(name) != "" }

// Raw returns an attribute as JSON, nil where it is not there.
func (a *Attrs) Raw(name string) json.RawMessage {
	if text := a.text(name); text != "" {
		return json.RawMessage(text)
	}
	return nil
}

// Text returns an attribute that is a string, a number or a boolean as text, "" where it is not there.
func (a *Attrs) Text(name string) string {
	raw := a.text(name)
	if raw == "" || raw[0] != '"' {
		return raw
	}
	if !strings.Contains(raw, `\`) {
		return raw[1 : len(raw)-1]
	}
	var text string
	a.decode(name, &text)
	return text
}

// Bool returns an attribute that is a boolean, false where it is not there.
func (a *Attrs) Bool(name string) bool { return a.text(name) == "true" }

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
	raw := a.text(name)
	if raw == "" {
		return
	}
	if err := json.Unmarshal([]byte(raw), v); err != nil {
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
		if other := b.Raw(name); !bytes.Equal(value, other) && !bytes.Equal(canonical(value), canonical(other)) {
			names = append(names, name)
		}
	}
	for name := range b.all() {
		if !a.Has(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// canonical is a value in the one form that encoding/json writes, jsonb orders keys otherwise, and with its expressions as
// Postgres prints them once it has read what it has printed.
func canonical(value json.RawMessage) []byte {
	if value == nil {
		return nil
	}
	value = json.RawMessage(sqltext.Settled(string(value)))
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

// members are those of an object that is JSON, their values as they stand there; of null there are none. Names are without
// escapes: they are ours. It panics at what is no object: a kind's list.sql gave it.
func members(text string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		text = strings.TrimRight(text, " \n\t\r")
		i := afterBlank(text, 0)
		if i == len(text) || text[i:] == "null" {
			return
		}
		if text[i] != '{' || text[len(text)-1] != '}' {
			panic(fmt.Sprintf("catalog: attributes %.80s are no object", text))
		}
		for {
			i = afterBlank(text, i+1) // behind the brace, or the comma
			if text[i] == '}' {
				return
			}
			end := afterString(text, i)
			name := text[i+1 : end-1]
			from := afterBlank(text, afterBlank(text, end)+1) // behind the colon
			to := afterValue(text, from)
			if from == to {
				panic(fmt.Sprintf("catalog: the attribute %s has no value in %.80s", name, text))
			}
			if !yield(name, text[from:to]) {
				return
			}
			if i = afterBlank(text, to); text[i] == '}' {
				return
			}
		}
	}
}

// afterBlank is where what is not blank begins.
func afterBlank(text string, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// afterString is where the string that begins at i has ended.
func afterString(text string, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// afterValue is where the value that begins at i has ended.
func afterValue(text string, i int) int {
	depth := 0
	for {
		switch text[i] {
		case '"':
			if i = afterString(text, i); depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return i
			}
			if depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
}
