package render

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

func TestEvents(t *testing.T) {
	var b strings.Builder
	now := time.Date(2026, 1, 15, 10, 30, 0, 5e6, time.FixedZone("CET", 3600))
	w := &Events{Out: &b, Now: func() time.Time { return now }}
	w.Sink(event.RunStarted{Run: "7", Verb: "db push", At: now})
	w.Sink(event.StatementStarted{Version: "1", Index: 1, Total: 2, At: "a.sql:1:1"})
	w.Sink(event.StatementDone{Version: "1", Index: 1, Total: 2, Tag: "CREATE\u202e", Elapsed: 5})
	w.Sink(event.Found{Finding: &finding.Finding{Code: "PG42P01", Severity: finding.Error, At: at("a.sql", "select é, x", "x"), Message: "<no>"}})
	w.Sink(event.RunDone{Run: "7", Exit: finding.Failed, Elapsed: 9})
	w.Result(NewReport("db push", nil, nil, nil))
	want := `{"event":"run_started","at":"2026-01-15T09:30:00.005Z","run":"7","verb":"db push"}
{"event":"statement_started","at":"2026-01-15T09:30:00.005Z","version":"1","index":1,"total":2,"place":"a.sql:1:1"}
{"event":"statement_done","at":"2026-01-15T09:30:00.005Z","version":"1","index":1,"total":2,"tag":"CREATE\u202e","elapsed_ns":5}
{"event":"found","at":"2026-01-15T09:30:00.005Z","finding":{"code":"PG42P01","severity":"error","message":"<no>","at":{"file":"a.sql","line":1,"column":11,"start":11,"end":12}}}
{"event":"run_done","at":"2026-01-15T09:30:00.005Z","run":"7","exit":4,"elapsed_ns":9}
{"event":"result","at":"2026-01-15T09:30:00.005Z","schema":"cairn/v1/db-push","ok":true,"exit":0,"findings":[]}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for line := range strings.Lines(b.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}

func TestEventsKeepTheFirstError(t *testing.T) {
	w := &Events{Out: failing{errors.New("broken pipe"), errors.New("later")}, Now: time.Now}
	w.Sink(event.RunDone{})
	w.Sink(event.RunDone{})
	if w.Err() == nil || w.Err().Error() != "broken pipe" {
		t.Errorf("error %v", w.Err())
	}
}

func TestReport(t *testing.T) {
	type result struct {
		Applied []string `json:"applied"`
	}
	failure := &finding.Finding{
		Code: finding.EditedApplied, Severity: finding.Error, Message: "edited", Hint: "repair", Exit: finding.Refused,
		Fix: &finding.Fix{At: at("a.sql", "selec 1", "selec"), Text: "select"},
	}
	var b strings.Builder
	r := NewReport("migration up", result{[]string{"1"}}, []*finding.Finding{{Code: finding.NoStatements, Severity: finding.Warning, Message: "empty"}}, failure)
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := `{
  "schema": "cairn/v1/migration-up",
  "ok": false,
  "exit": 3,
  "result": {
    "applied": [
      "1"
    ]
  },
  "findings": [
    {
      "code": "CA005",
      "severity": "warning",
      "message": "empty"
    }
  ],
  "error": {
    "code": "CA603",
    "severity": "error",
    "message": "edited",
    "hint": "repair",
    "fix": {
      "at": {
        "file": "a.sql",
        "line": 1,
        "column": 1,
        "start": 0,
        "end": 5
      },
      "text": "select"
    }
  }
}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
