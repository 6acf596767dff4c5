package standin_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

var openapi = flag.String("openapi", "", "the published OpenAPI document of the Management API, which testdata/shapes has to say the same as")

var update = flag.Bool("update", false, "with -openapi: write testdata/shapes anew, for the endpoints that it has")

// schema is what of a schema in an OpenAPI document shapes are made of.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Nullable   bool               `json:"nullable"`
	Enum       []string           `json:"enum"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Items      *schema            `json:"items"`
}

type content map[string]struct{ Schema *schema }

// document is what of an OpenAPI document shapes are made of.
type document struct {
	Paths map[string]map[string]struct {
		RequestBody struct{ Content content }
		Responses   map[string]struct{ Content content }
		Security    []map[string][]string
	}
	Components struct{ Schemas map[string]*schema }
}

// The shapes that the stand-in is held to are the published document's: -openapi names it, since it is not ours to keep.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("testdata/shapes")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := readShapes(string(text))
	if err != nil {
		t.Fatal(err)
	}
	// What is read is written as it was: nothing in the file is overseen.
	if got := written(string(text), ours); got != string(text) {
		t.Errorf("testdata/shapes is read as\n%s", got)
	}
	if *openapi == "" {
		return
	}
	published, err := os.ReadFile(*openapi)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(published, &d); err != nil {
		t.Fatal(err)
	}
	theirs := map[string]*operation{}
	for name, op := range ours {
		if theirs[name] = d.operation(name); theirs[name] == nil {
			t.Errorf("the document has no %s", name)
		} else if theirs[name].String() != op.String() {
			t.Errorf("the document has\n%swhere testdata/shapes has\n%s", theirs[name], op)
		}
	}
	if *update && !slices.Contains(slices.Collect(maps.Values(theirs)), nil) {
		if err := os.WriteFile("testdata/shapes", []byte(written(string(text), theirs)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// written is the file of shapes: its comments as they are at its head, then the operations by path.
func written(old string, all map[string]*operation) string {
	var b strings.Builder
	for line := range strings.Lines(old) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		b.WriteString(line)
	}
	for _, name := range slices.SortedFunc(maps.Keys(all), byPath) {
		b.WriteString("\n" + all[name].String())
	}
	return b.String()
}

func byPath(x, y string) int {
	xs, ys := strings.Fields(x), strings.Fields(y)
	if c := strings.Compare(xs[1], ys[1]); c != 0 {
		return c
	}
	return strings.Compare(xs[0], ys[0])
}

func (d *document) operation(name string) *operation {
	verb, at, _ := strings.Cut(name, " ")
	found, ok := d.Paths[at][strings.ToLower(verb)]
	if !ok {
		return nil
	}
	op := &operation{name: name, statuses: slices.Sorted(maps.Keys(found.Responses))}
	for _, way := range found.Security {
		op.needs = append(op.needs, way["fga_permissions"]...)
	}
	op.request = d.shape(found.RequestBody.Content)
	op.answer = d.shape(found.Responses[op.statuses[0]].Content)
	return op
}

func (d *document) shape(c content) *shape {
	one, ok := c["application/json"]
	if !ok {
		return nil
	}
	return d.of(one.Schema)
}

func (d *document) of(s *schema) *shape {
	if s.Ref != "" {
		return d.of(d.Components.Schemas[path.Base(s.Ref)])
	}
	made := &shape{kind: s.Type, null: s.Nullable, words: s.Enum}
	if s.Type == "" { // anything, or one of several
		made.kind = "any"
	}
	for name, p := range s.Properties {
		if made.fields == nil {
			made.fields = map[string]*shape{}
		}
		made.fields[name] = d.of(p)
		made.fields[name].optional = !slices.Contains(s.Required, name)
	}
	if s.Items != nil {
		made.items = d.of(s.Items)
	}
	return made
}
