package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/target"
)

// insufficientPrivilege is SQLSTATE 42501.
const insufficientPrivilege = "42501"

// bootstrap makes the history and our own tables where they are missing, behind the lock, so that runners which start
// together do not race. Without the right to make our own the run goes on with the shared table alone.
func (r *Runner) bootstrap(ctx context.Context) error {
	if r.history.Own && r.history.Complete() {
		return nil
	}
	if err := r.underLock(ctx, r.history.CreateShared()); err != nil {
		return err
	}
	if !r.history.Own {
		err := r.underLock(ctx, history.CreateOwn())
		switch s := refused(err); {
		case s != nil && s.PG.Code == insufficientPrivilege:
			r.found(&finding.Finding{
				Code: finding.HistoryShape, Severity: finding.Note,
				Message: "this role may not create tables in supabase_migrations: checksums and run ids are not kept",
				Detail:  s.PG.Message,
			})
		case err != nil:
			return err
		}
	}
	return r.reread(ctx)
}

// underLock runs steps in a transaction of their own that holds the migration lock.
func (r *Runner) underLock(ctx context.Context, steps []target.Step) error {
	if len(steps) == 0 {
		return nil
	}
	r.quiet = true
	defer func() { r.quiet = false }()
	tx := &transaction{action: "alter", version: "the history"}
	tx.parts = []part{{file: "the change of the history", offset: -1, record: func(claimed func(history.Claim)) []target.Step {
		return append([]target.Step{history.Identify(claimed)}, steps...)
	}}}
	// The transaction's own status is all that tells.
	tx.settled = func(context.Context) (bool, error) {
		return false, errors.New("the server no longer knows the transaction")
	}
	tx.done = func(event.Outcome, time.Duration) {}
	return r.run(ctx, tx, true)
}

// Alter runs steps that change the history in one transaction behind the lock, making the tables first.
func (r *Runner) Alter(ctx context.Context, steps func(own bool) []target.Step) error {
	if err := r.bootstrap(ctx); err != nil {
		return r.explain(err)
	}
	if err := r.underLock(ctx, steps(r.history.Own)); err != nil {
		return r.explain(err)
	}
	return r.reread(ctx)
}

// Entry is what is recorded for a migration in this run.
func (r *Runner) entry(version, name string, statements []string, checksum, seal string) history.Entry {
	return history.Entry{
		Version: version, Name: name, Statements: statements, Checksum: checksum,
		Run: r.Run, Who: r.Who, Route: r.session.Facts().Route, Seal: seal,
	}
}

// Holder is a session that holds the migration lock.
type Holder struct {
	PID         string `json:"pid"`
	Application string `json:"application"`
	User        string `json:"user"`
	Client      string `json:"client"`
	State       string `json:"state"`
	Started     string `json:"started"`
	Seconds     string `json:"seconds_in_state"`
	Query       string `json:"query"`
}

// String says who holds the lock and since when: "pid 4711 (cairn/…@build-7, idle in transaction for 3 s)".
func (h Holder) String() string {
	return fmt.Sprintf("pid %s (%s, %s for %s s)", h.PID, cmp.Or(h.Application, "unnamed"), cmp.Or(h.State, "state unknown"), h.Seconds)
}

// Holders lists who holds the migration lock on the session's database.
func Holders(ctx context.Context, s target.Session) ([]Holder, error) {
	var holders []Holder
	err := target.One(ctx, s, holdersStep(&holders))
	return holders, err
}

// holdersStep reads who holds the migration lock.
func holdersStep(into *[]Holder) target.Step {
	return target.Step{SQL: holdersSQL, Row: func(v [][]byte) {
		*into = append(*into, Holder{
			PID: string(v[0]), Application: string(v[1]), User: string(v[2]), Client: string(v[3]),
			State: string(v[4]), Started: string(v[5]), Seconds: string(v[6]), Query: strings.TrimSpace(string(v[7])),
		})
	}}
}

// Terminate ends a holder's session, unless its process number belongs to another one by now. It reports whether
// there was one to end.
func Terminate(ctx context.Context, s target.Session, h Holder) (bool, error) {
	rows, err := target.Rows(ctx, s, terminateSQL, target.Text(h.PID), target.Text(h.Started))
	return err == nil && len(rows) == 1 && string(rows[0][0]) == "true", err
}
