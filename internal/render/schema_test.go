package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

var update = flag.Bool("update", false, "write docs/schema/events.json")

// allEvents is one event of each type.
var allEvents = []event.Event{
	event.RunStarted{},
	event.PhaseStarted{},
	event.PhaseDone{},
	event.MigrationStarted{},
	event.StatementStarted{},
	event.StatementDone{},
	event.Notice{},
	event.MigrationDone{},
	event.Waiting{},
	event.Found{Finding: &finding.Finding{}},
	event.Watched{},
	event.FileWritten{},
	event.Asked{},
	event.Answered{},
	event.RunDone{},
}

// TestAllEvents reads package event, so that an event that is added there is not forgotten here.
func TestAllEvents(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../event/event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "event" {
			want = append(want, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	for _, e := range allEvents {
		got = append(got, reflect.TypeOf(e).Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events of package event and events here (-want +got):\n%s", diff)
	}
}

// TestEventsSchema holds docs/schema/events.json, which describes a line of --events.
func TestEventsSchema(t *testing.T) {
	const path = "../../docs/schema/events.json"
	all := &jsonschema.Schema{Title: "cairn/v1/events", Schema: "https://json-schema.org/draft/2020-12/schema"}
	add := func(name string, s *jsonschema.Schema) {
		delete(s.Properties, "at")
		s.Properties["event"] = &jsonschema.Schema{Const: jsonschema.Ptr[any](name)}
		s.Properties["at"] = &jsonschema.Schema{Type: "string", Format: "date-time"}
		s.PropertyOrder = nil
		s.Required = append([]string{"event", "at"}, s.Required...)
		all.OneOf = append(all.OneOf, s)
	}
	for _, e := range allEvents {
		body := eventBody(e)
		s, err := jsonschema.ForType(reflect.TypeOf(body), nil)
		if err != nil {
			t.Fatal(err)
		}
		add(EventName(e), s)
	}
	// The last line holds the verb's report; the verb's own schema describes it.
	add("result", &jsonschema.Schema{
		Type: "object", Description: "the report that --json prints, see the verb's own schema",
		Properties: map[string]*jsonschema.Schema{"schema": {Type: "string"}}, Required: []string{"schema"},
	})
	want, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the types say (%v); go test -update writes it", path, err)
	}

	resolved, err := all.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := &Events{Out: &b, Now: time.Now}
	for _, e := range allEvents {
		w.Sink(e)
	}
	w.Result(NewReport("db push", nil, nil, nil))
	for line := range bytes.Lines(b.Bytes()) {
		var v any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		if err := resolved.Validate(v); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}
