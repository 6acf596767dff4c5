package render

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode"

	"github.com/cairndb/cairn/internal/event"
)

// Events writes a run's events as lines of JSON (--events): the event's name, the time, and what the event holds.
//
//	{"event":"statement_done","at":"2026-01-15T10:30:00.123Z","version":"00100","index":3,…}
//
// The last line is the Report, as the event "result".
type Events struct {
	Out io.Writer
	Now func() time.Time

	err error
}

// Sink is the event.Sink.
func (w *Events) Sink(e event.Event) { w.line(EventName(e), w.Now(), eventBody(e)) }

// Result writes the last line.
func (w *Events) Result(r Report) { w.line("result", w.Now(), r) }

// Err returns the first error of writing.
func (w *Events) Err() error { return w.err }

func (w *Events) line(name string, at time.Time, body any) {
	head, _ := json.Marshal(struct { // text and a time always encode
		Event string    `json:"event"`
		At    time.Time `json:"at"`
	}{name, at.UTC()})
	text, err := encode(body)
	if err == nil {
		line := head[:len(head)-1]
		if len(text) > len("{}") {
			line = append(line, ',')
		}
		line = append(line, text[1:]...)
		_, err = w.Out.Write(append(line, '\n'))
	}
	if err != nil && w.err == nil {
		w.err = err
	}
}

// EventName returns the name that e has in JSON: "statement_done" for a StatementDone.
func EventName(e event.Event) string {
	var b strings.Builder
	for i, r := range reflect.TypeOf(e).Name() {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Bodies of events that are not encoded as they stand: "at" is the time of every line, and a finding has its own form.
type (
	runStarted struct {
		event.RunStarted
		At *time.Time `json:"at,omitempty"`
	}
	statementStarted struct {
		event.StatementStarted
		At    string `json:"at,omitempty"`
		Place string `json:"place" jsonschema:"file:line:column"`
	}
	found struct {
		Finding Finding `json:"finding"`
	}
)

func eventBody(e event.Event) any {
	switch e := e.(type) {
	case event.RunStarted:
		return runStarted{RunStarted: e}
	case event.StatementStarted:
		return statementStarted{StatementStarted: e, Place: e.At}
	case event.Found:
		return found{NewFinding(e.Finding)}
	default:
		return e
	}
}
