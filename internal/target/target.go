// Package target says what a database that cairn may run on looks like from above, whatever the route to it:
// direct, through a pooler, or through an API. The routes live in its sub-packages.
package target

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Target is a database we may run on.
type Target interface {
	// Name names the database for people and logs, without credentials: "local database (127.0.0.1:54322)".
	Name() string
	// Local reports whether it is the project's own local database, where consent is not asked.
	Local() bool
	// Open connects. The error is a *finding.Finding with exit Unreachable.
	Open(ctx context.Context, opt Options) (Session, error)
}

// Options are what a session tells the server about itself and where its asides go.
type Options struct {
	Application string               // application_name: "cairn/<run>@<host>"; cut to 63 bytes by the server
	Notice      func(*pgconn.Notice) // called for NOTICE and WARNING, between results; nil drops them
	Role        string               // the role to become after connecting; "" stays
}

// Session is one connection, in the state a run left it.
type Session interface {
	// Facts says what the server and the route are. It never talks to the server.
	Facts() Facts
	// Exec sends segments in one write, each closed by a Sync, and hands every step's result to done as it comes in.
	// A step that fails ends its segment: the steps behind it do not run, the next segment does. The first failure
	// is returned as *StatementError after all segments were read; a broken connection as *LostError at once.
	Exec(ctx context.Context, segments []Segment, done func(Result)) error
	// Keeps reports whether the session keeps what is its own from one transaction to the next. Behind a pooler that is
	// found out at the first call, which wants no open transaction; where it does, Facts().Pooled is false from then on.
	Keeps(ctx context.Context) (bool, error)
	// Fresh is what makes the session as it was after connecting, outside a transaction. It is empty behind a transaction
	// pooler, which does that itself.
	Fresh() Segment
	// Status is the transaction status after the last Exec: 'I' idle, 'T' in a transaction, 'E' in a failed one.
	Status() byte
	// Close ends the connection; an open transaction is rolled back by the server.
	Close() error
}

// Facts are what does not change while a session lives.
type Facts struct {
	Server   int    // server_version_num: 170010
	PID      uint32 // the server process behind this session (with a pooler: the one that answered first)
	Started  string // that process's backend_start, as text
	System   string // pg_control_system().system_identifier, or "" where it may not be read
	Timeline int    // how often the server was promoted or restored, from 1; 0 on a standby, or where that may not be read
	Database string // current_database()
	User     string // current_user
	Role     string // what the session has become after connecting, and RESET ROLE takes back; "" is nothing
	Route    string // "direct", "pooler" or "api"
	Pooled   bool   // behind a pooler, of which Session.Keeps has not found that session state survives a transaction
	ReadOnly string // why nothing can be written: "standby", "default_transaction_read_only"; "" where it can

	// Whole says that a transaction has to be sent in one segment, from its BEGIN to its COMMIT: nothing can be asked in
	// between, and nothing is done where it is not complete. Results are handed out once all of it is over.
	Whole bool
	Skew  time.Duration // with Whole, how far the server's clock is ahead of ours
	Limit time.Duration // with Whole, how long a request may take until nobody waits for its answer any more
}

// Segment is a run of steps with one Sync behind it.
type Segment []Step

// Step is one statement on its way to the server, with its parameters as text; a nil parameter is NULL.
type Step struct {
	SQL  string
	Args [][]byte
	Copy *string               // data for COPY … FROM STDIN; nil for every other statement
	Row  func(values [][]byte) // called for each row of the result; nil drops them
	Live bool                  // somebody watches: the answer is asked for at once, not with those behind it
	Ours bool                  // a statement of ours that comes again and again: the session may keep it prepared
}

// Result says how one step ended well.
type Result struct {
	Segment, Step int
	Tag           string
}

// Unplaced is the step of a StatementError where the route does not say which one it was.
const Unplaced = -1

// StatementError is a step that the server refused. The session lives.
type StatementError struct {
	Segment, Step int
	PG            *pgconn.PgError
	Forgotten     bool // the session's prepared statements are not what was thought: sent again it goes
}

// Error returns the server's words.
func (e *StatementError) Error() string { return e.PG.Error() }

// Unwrap returns the server's error.
func (e *StatementError) Unwrap() error { return e.PG }

// LostError is a connection that broke, or was given up, while steps were under way. Whether a step that was sent
// and not answered has run is unknown.
type LostError struct {
	Segment, Step int   // the first step without an answer
	Err           error // what the driver said
}

// Error says where the connection broke.
func (e *LostError) Error() string {
	return fmt.Sprintf("connection lost at step %d.%d: %v", e.Segment, e.Step, e.Err)
}

// Unwrap returns the driver's error.
func (e *LostError) Unwrap() error { return e.Err }

// Text returns s as a parameter.
func Text(s string) []byte { return []byte(s) }

// One runs a single statement in a segment of its own.
func One(ctx context.Context, s Session, step Step) error {
	return s.Exec(ctx, []Segment{{step}}, nil)
}

// Rows runs one query and returns all its rows as text; a NULL is nil.
func Rows(ctx context.Context, s Session, sql string, args ...[]byte) ([][][]byte, error) {
	var rows [][][]byte
	err := One(ctx, s, Step{SQL: sql, Args: args, Row: func(values [][]byte) {
		row := make([][]byte, len(values))
		for i, v := range values {
			if v != nil {
				row[i] = append([]byte{}, v...)
			}
		}
		rows = append(rows, row)
	}})
	return rows, err
}
