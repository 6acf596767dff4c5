package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/render"
	"github.com/cairndb/cairn/internal/secret"
)

const schemas = "../../docs/schema"

// TestSchemas holds docs/schema: a file for the JSON of each verb, made from the type of its result. With -update
// it writes them.
func TestSchemas(t *testing.T) {
	const events = "events.json" // package render holds that one
	want := map[string][]byte{"error.json": pretty(t, reportSchema(t, noVerb, nil))}
	c := newConsole(Deps{App: &app.App{Getenv: os.Getenv}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	c.root()
	if len(c.results) == 0 {
		t.Fatal("there are no verbs")
	}
	for cmd, result := range c.results {
		file := render.SchemaFile(name(cmd)) + ".json"
		text := pretty(t, reportSchema(t, name(cmd), result))
		if other, ok := want[file]; ok && !bytes.Equal(other, text) {
			t.Errorf("two commands differ in what %s says", file)
		}
		want[file] = text
	}
	found, err := filepath.Glob(filepath.Join(schemas, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.MkdirAll(schemas, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if file := filepath.Base(path); want[file] == nil && file != events {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
		for file, text := range want {
			if err := os.WriteFile(filepath.Join(schemas, file), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	for _, path := range found {
		if file := filepath.Base(path); want[file] == nil && file != events {
			t.Errorf("%s is of no verb; go test -update takes it away", path)
		}
	}
	for file, text := range want {
		if got, err := os.ReadFile(filepath.Join(schemas, file)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("docs/schema/%s is not what the types say (%v); go test -update writes it", file, err)
		}
	}
}

// reportSchema describes the JSON of a verb; result is nil where there is none.
func reportSchema(t *testing.T, verb string, result reflect.Type) *jsonschema.Schema {
	s := schemaOf(t, reflect.TypeFor[render.Report]())
	if result == nil {
		delete(s.Properties, "result")
	} else {
		refuseFindings(t, result, result.String(), nil)
		s.Properties["result"] = schemaOf(t, result)
	}
	// A finding stands in two places and is described once.
	one := schemaOf(t, reflect.TypeFor[render.Finding]())
	one.Properties["at"] = &jsonschema.Schema{Ref: "#/$defs/place"}
	one.Properties["fix"].Properties["at"] = &jsonschema.Schema{Ref: "#/$defs/place"}
	s.Defs = map[string]*jsonschema.Schema{"finding": one, "place": schemaOf(t, reflect.TypeFor[render.Place]())}
	list, failure := s.Properties["findings"], s.Properties["error"]
	s.Properties["findings"] = &jsonschema.Schema{Type: "array", Description: list.Description, Items: &jsonschema.Schema{Ref: "#/$defs/finding"}}
	s.Properties["error"] = &jsonschema.Schema{Description: failure.Description, Ref: "#/$defs/finding"}
	s.Properties["schema"] = &jsonschema.Schema{Const: jsonschema.Ptr[any](render.Schema(verb))}
	s.Title, s.Schema = render.Schema(verb), "https://json-schema.org/draft/2020-12/schema"
	return s
}

// schemaOf describes what the type t is in JSON.
func schemaOf(t *testing.T, typ reflect.Type) *jsonschema.Schema {
	s, err := jsonschema.ForType(typ, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[secret.String]():    {Type: "string"},
		reflect.TypeFor[finding.Severity](): {Type: "string"},
		reflect.TypeFor[json.RawMessage]():  {},
	}})
	if err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	return s
}

// refuseFindings fails where a finding would be encoded with a result: it would drag whole files along. Findings go
// through the event stream and stand in "findings", the one that ends a run in "error".
func refuseFindings(t *testing.T, typ reflect.Type, path string, seen []reflect.Type) {
	if slices.Contains(seen, typ) {
		return
	}
	seen = append(seen, typ)
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		refuseFindings(t, typ.Elem(), path, seen)
	case reflect.Struct:
		if typ == reflect.TypeFor[finding.Finding]() {
			t.Fatalf("%s is a finding in a result; tag it json:\"-\" and send it as event.Found, or return it as the error", path)
		}
		for f := range typ.Fields() {
			if f.IsExported() && f.Tag.Get("json") != "-" {
				refuseFindings(t, f.Type, path+"."+f.Name, seen)
			}
		}
	}
}

func pretty(t *testing.T, s *jsonschema.Schema) []byte {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// validate says what is wrong with text as the JSON that docs/schema/NAME.json describes. A verb is named by its words.
func validate(name string, text []byte) error {
	file, err := os.ReadFile(filepath.Join(schemas, render.SchemaFile(name)+".json"))
	if err != nil {
		return err
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(file, &s); err != nil {
		return err
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one JSON value")
	}
	return resolved.Validate(v)
}

// TestValidateFindsFaults keeps validjson from passing whatever it is given.
func TestValidateFindsFaults(t *testing.T) {
	good := `{"schema":"cairn/v1/version","ok":true,"exit":0,"result":{"version":"v1","modified":false,"go":"go1","platform":"x"},"findings":[]}`
	if err := validate("version", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		strings.Replace(good, `"ok":true,`, ``, 1),
		strings.Replace(good, `"modified":false`, `"modified":"no"`, 1),
		strings.Replace(good, `v1/version`, `v1/other`, 1),
		strings.Replace(good, `"go":"go1"`, `"go":"go1","new":1`, 1),
		strings.Replace(good, `[]`, `[{"code":"CA001"}]`, 1),
		good + good,
		"",
	} {
		if validate("version", []byte(bad)) == nil {
			t.Errorf("passes: %s", bad)
		}
	}
}
