package catalog

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

// texts are attributes as Postgres prints them, and as a snapshot has them.
var texts = []string{
	``, `null`, `{}`, ` { } `, `{"a":1}`, `{"a":null}`, `{"a" : "x", "b" : null, "c" : true}`, `{"a":"\"","b":"\\","c":"\\\"}"}`,
	`{"a":{"b":[1,{"c":"}"}],"d":"]"},"e":[[],{}]}`, `{"a":"é€😀","b":-1.5e+10}`,
	"{\n  \"a\": {\n    \"b\": [\n      1,\n      2\n    ]\n  },\n  \"c\": \"x: {y}, [z]\"\n }", `{"a":"","b":[],"c":{}}`, `{"ab":1,"b":2}`,
}

// holdsLike reports whether attributes are read as encoding/json reads them.
func holdsLike(t *testing.T, text string, want map[string]json.RawMessage) {
	t.Helper()
	maps.DeleteFunc(want, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	a := Attrs{raw: text}
	got := maps.Collect(a.all())
	if !maps.EqualFunc(got, want, func(x, y json.RawMessage) bool { return string(x) == string(y) }) {
		t.Errorf("%q: got %q, want %q", text, got, want)
	}
	for name, value := range want {
		var s string
		if json.Unmarshal(value, &s) != nil {
			s = string(value)
		}
		if a.Text(name) != s || !a.Has(name) || string(a.Raw(name)) != string(value) {
			t.Errorf("%q: %s is %q, want %s", text, name, a.Text(name), value)
		}
	}
	if len(a.Names()) != len(want) || a.Has("not there") {
		t.Errorf("%q: its names are %q", text, a.Names())
	}
}

func TestAttrs(t *testing.T) {
	for _, text := range texts {
		var want map[string]json.RawMessage
		if text != "" {
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
		}
		holdsLike(t, text, want)
	}
	for _, text := range []string{`[]`, `1`, `"a"`, `{"a":}`, `{"a":,"b":1}`, `{"a":1`} {
		func() {
			defer func() {
				if said, ok := recover().(string); !ok || !strings.HasPrefix(said, "catalog: ") {
					t.Errorf("%q: %v", text, said)
				}
			}()
			a := Attrs{raw: text}
			t.Errorf("%q is read as %q", text, maps.Collect(a.all()))
		}()
	}
}

// What Postgres prints of an expression and what it prints once it has read that are one attribute.
func TestSettledExpressions(t *testing.T) {
	as := func(definition string) Attrs { return AttrsOf(map[string]any{"definition": definition}) }
	made, read := as("CHECK (((s)::text = ANY ((ARRAY['a'::character varying])::text[])))"), as("CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text])))")
	if names := made.differing(&read); names != nil {
		t.Errorf("they differ in %q", names)
	}
	if other := as("CHECK (((s)::text = ANY (ARRAY[('b'::character varying)::text])))"); len(made.differing(&other)) != 1 {
		t.Error("another value is no difference")
	}
}

// FuzzAttrs reads what encoding/json takes for an object with names like ours.
func FuzzAttrs(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want map[string]json.RawMessage
		if !utf8.ValidString(text) || json.Unmarshal([]byte(text), &want) != nil {
			return
		}
		for name := range want { // they are ours: plain, each there once
			if name == "" || name == "not there" || strings.Count(text, `"`+name+`"`) != 1 {
				return
			}
		}
		holdsLike(t, text, want)
	})
}
