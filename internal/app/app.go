// Package app holds the verbs of cairn: one method per verb, a request in, a result out, in one file each. Every front
// end (command line, web, MCP) calls these methods and holds no logic of its own.
//
// A verb has the form
//
//	func (a *App) Push(ctx context.Context, r PushRequest, s event.Sink) (*PushResult, error)
//
// What happens on the way goes to s: progress, and every finding that does not end the run, as event.Found. The result
// is a plain struct with json tags; partial success is a result and an error together. The error is a *finding.Finding,
// or a bug: ExitOf says which.
package app

import (
	"context"
	"time"

	"github.com/cairndb/cairn/internal/account"
)

// App is what the verbs need. The zero value of an optional field is named with the field.
type App struct {
	Workdir string    // where to look for the project; "" is Cwd, searched upwards
	Dir     string    // the migrations folder, relative to the project; "" is what the configuration says
	Profile string    // the Supabase CLI's profile; "" is its own default
	Yes     bool      // --yes was given: by a person on the command line, never by a file
	Agent   AgentMode // whether this is a coding agent's shell; "" is Auto
	Debug   bool      // tell more

	Cwd      string // the current directory, absolute
	StateDir string // where journals are kept, absolute

	Keyring account.Keyring // where access tokens are kept; nil keeps them in a file

	Now    func() time.Time
	Getenv func(name string) string // the exported environment only; what .env files say never comes through here

	// Ask puts one question to the person at the terminal and returns the answer. It is nil where there is nobody to
	// ask. The error is context.Canceled, or a *finding.Finding where no answer came.
	Ask func(ctx context.Context, q Question) (string, error)

	Build Build
}

// Build says what this binary was made from. Fields that are not known are empty.
type Build struct {
	Version  string // "v1.2.3", "devel"
	Revision string // the commit
	Time     string // the commit's time, RFC 3339
	Modified bool   // the tree held uncommitted changes
	Go       string // "go1.26.0"
	Platform string // "linux/amd64"
}

// QuestionKind says what counts as an answer.
type QuestionKind int

// The kinds of questions.
const (
	YesNo QuestionKind = iota // the answer is "yes" or "no"
	Typed                     // the answer is what was typed, as typed
	Line                      // one line that Check accepts
)

// Question is what a person is asked at a terminal.
type Question struct {
	Kind    QuestionKind
	Detail  string                    // lines to read before answering; may be ""
	Text    string                    // "Apply 3 migrations to project photobooth (abcd…)?"
	Default string                    // what Enter alone means: "yes", "no", or a line
	Fresh   bool                      // what was typed before it was put is no answer
	Check   func(answer string) error // nil accepts every line; its error is shown and the question asked again
}
