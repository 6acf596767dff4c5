// Package event is what a run tells while it goes: one stream of values that the terminal, --json, --events and
// the run log read alike. The core never prints; it sends events to a Sink.
package event

import (
	"time"

	"github.com/cairndb/cairn/internal/finding"
)

// Event is one thing that happened in a run. The set is closed: only this package's types are events.
type Event interface{ event() }

// Sink takes a run's events in the order they happen. It is called from one goroutine at a time and must not block for long.
type Sink func(Event)

// Discard is a Sink that takes everything and tells nobody.
func Discard(Event) {}

// RunStarted opens every run.
type RunStarted struct {
	Run    string    `json:"run"`              // the run's id
	Verb   string    `json:"verb"`             // "db push"
	Target string    `json:"target,omitempty"` // what the run works on, without credentials
	At     time.Time `json:"at"`
}

// PhaseStarted says what the run is busy with outside of migrations: fetching Postgres, starting a server, seeding.
type PhaseStarted struct {
	Name   string `json:"name"`             // "fetch Postgres 17.10", "lay the platform"
	Detail string `json:"detail,omitempty"` // one more fact: a path, a size
}

// PhaseDone ends the phase of that name.
type PhaseDone struct {
	Name    string        `json:"name"`
	Elapsed time.Duration `json:"elapsed_ns"`
}

// MigrationStarted says that a migration's first statement is about to run.
type MigrationStarted struct {
	Version    string `json:"version"`
	File       string `json:"file"`
	Index      int    `json:"index"` // from 1
	Total      int    `json:"total"`
	Statements int    `json:"statements"`
}

// StatementStarted says that the server works on a statement now.
type StatementStarted struct {
	Version string `json:"version"`
	Index   int    `json:"index"` // from 1
	Total   int    `json:"total"`
	At      string `json:"at"` // file:line:col
}

// StatementDone says that a statement ran.
type StatementDone struct {
	Version string        `json:"version"`
	Index   int           `json:"index"`
	Total   int           `json:"total"`
	Tag     string        `json:"tag"` // the command tag: "CREATE TABLE", "UPDATE 12"
	Elapsed time.Duration `json:"elapsed_ns"`
}

// Notice is what the server said beside a result (NOTICE, WARNING, INFO).
type Notice struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Detail   string `json:"detail,omitempty"`
	Hint     string `json:"hint,omitempty"`
}

// Outcome is how a migration ended.
type Outcome string

// The outcomes.
const (
	Applied   Outcome = "applied"
	Confirmed Outcome = "confirmed" // committed, and known so only after the connection was lost
	ByOther   Outcome = "by_other"  // another run applied it while we waited
	Reverted  Outcome = "reverted"
	Failed    Outcome = "failed"
)

// The further outcomes of a watched file.
const (
	Watching   Outcome = "watching"   // of the folder: from now on
	Kept       Outcome = "kept"       // not applied, for what stands in Detail
	Unfinished Outcome = "unfinished" // not written to its end
	Edited     Outcome = "edited"     // after it was applied
	Gone       Outcome = "gone"
)

// MigrationDone ends a migration.
type MigrationDone struct {
	Version string        `json:"version"`
	File    string        `json:"file"`
	Outcome Outcome       `json:"outcome"`
	Elapsed time.Duration `json:"elapsed_ns"`
	Detail  string        `json:"detail,omitempty"` // for ByOther: the other run
}

// Waiting says that the run waits and for whom: a lock held by another run, a table locked by an application.
type Waiting struct {
	For     string        `json:"for"`               // "the migration lock", "a lock on a table"
	Holder  string        `json:"holder,omitempty"`  // "pid 4711 (cairn/01J…@build-7, idle in transaction for 3s)"
	Attempt int           `json:"attempt,omitempty"` // from 1
	Next    time.Duration `json:"next_ns,omitempty"` // until the next try
}

// Found carries a finding that does not end the run.
type Found struct {
	Finding *finding.Finding `json:"finding"`
}

// Watched says what became of a file in a watched folder, on one target.
type Watched struct {
	File    string        `json:"file"`
	More    int           `json:"more,omitempty"` // files behind it of which the same is true
	Outcome Outcome       `json:"outcome"`
	Target  string        `json:"target,omitempty"`
	Proof   time.Duration `json:"proof_ns,omitempty"`   // how long it took to prove it, and those that are told of behind it
	Elapsed time.Duration `json:"elapsed_ns,omitempty"` // how long it took to apply it
	Detail  string        `json:"detail,omitempty"`
}

// FileWritten says that a file was made or replaced.
type FileWritten struct {
	Path string `json:"path"`
}

// Asked says that a person is asked; Answered, what the answer was and where it came from.
type (
	Asked struct {
		Question string `json:"question"`
	}
	Answered struct {
		Yes bool   `json:"yes"`
		By  string `json:"by"` // "terminal", "--yes", "CI"
	}
)

// RunDone closes every run.
type RunDone struct {
	Run     string        `json:"run"`
	Exit    finding.Exit  `json:"exit"`
	Elapsed time.Duration `json:"elapsed_ns"`
}

func (RunStarted) event()       {}
func (PhaseStarted) event()     {}
func (PhaseDone) event()        {}
func (MigrationStarted) event() {}
func (StatementStarted) event() {}
func (StatementDone) event()    {}
func (Notice) event()           {}
func (MigrationDone) event()    {}
func (Waiting) event()          {}
func (Found) event()            {}
func (Watched) event()          {}
func (FileWritten) event()      {}
func (Asked) event()            {}
func (Answered) event()         {}
func (RunDone) event()          {}
