// Package finding holds the one form of everything told to a person about SQL, files, configuration or a run:
// what happened, where, why, and what to do now. A Finding is also an error.
package finding

import (
	"errors"
	"strings"

	"github.com/cairndb/cairn/internal/source"
)

// Severity says how much a finding weighs.
type Severity int

// The severities, lightest first.
const (
	Note Severity = iota
	Warning
	Error
)

// String returns "note", "warning" or "error".
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	default:
		return "error"
	}
}

// MarshalText returns the severity's name, for encoding/json.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Exit is the process's exit code that a finding leads to when it ends a run (DESIGN §10, frozen by a test).
type Exit int

// The exit codes.
const (
	OK          Exit = 0   // done, or nothing to do
	Findings    Exit = 1   // findings at or above --fail-on, or --check with something to do
	Usage       Exit = 2   // wrong use, configuration or files
	Refused     Exit = 3   // refused before anything was touched
	Failed      Exit = 4   // failed and rolled back
	Partial     Exit = 5   // partly done, recorded, resumable
	Locked      Exit = 6   // the lock was not obtained
	InDoubt     Exit = 7   // a commit whose outcome is not known
	Unreachable Exit = 8   // connection or authentication
	Bug         Exit = 9   // a mistake of ours
	Interrupted Exit = 130 // stopped by the user
)

// Fix is a text that put in a span's place resolves the finding.
type Fix struct {
	At   source.Span
	Text string
}

// Finding is one thing to tell.
type Finding struct {
	Code     Code
	Severity Severity
	At       source.Span // zero where the finding is about no place in a text
	Message  string      // what happened: one sentence, no full stop at its end
	Detail   string      // why: the server's DETAIL, the list, the diff; may have several lines
	Hint     string      // what to do now
	Fix      *Fix        // nil where there is no mechanical one
	Exit     Exit        // what the process ends with where this finding ends the run
	Cause    error       // the error beneath, for errors.Is and errors.As
}

// Error returns "file:line:col: message" with the hint behind it, on one line.
func (f *Finding) Error() string {
	var b strings.Builder
	if !f.At.IsZero() {
		b.WriteString(f.At.String())
		b.WriteString(": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString(" (")
		b.WriteString(f.Hint)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the error beneath.
func (f *Finding) Unwrap() error { return f.Cause }

// As returns the Finding in err's chain, or nil.
func As(err error) *Finding {
	if f, ok := errors.AsType[*Finding](err); ok {
		return f
	}
	return nil
}
