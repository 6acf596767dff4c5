package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target"
)

// errAborted says that a commit whose answer was lost is known not to have happened: the transaction may run again.
var errAborted = errors.New("the commit did not happen")

// errUntold says that nothing is recorded that tells whether a commit happened: its status alone does, while the server
// knows it.
var errUntold = errors.New("the server no longer knows the transaction")

// recover says how a commit ended that was answered by err: refused by the server, or not answered at all. It returns
// nil where the transaction is committed after all, and errAborted where it is certain that it is not.
func (r *Runner) recover(ctx context.Context, tx *transaction, err error) error {
	if s := refused(err); s != nil {
		if s.PG.Code == foreignKey && s.PG.ConstraintName == history.FileConstraint {
			return r.sealBroken(tx, s)
		}
		f := diagnose.Statement(s.PG, source.Span{})
		f.Message = fmt.Sprintf("%s was rolled back at its commit: %s", tx.parts[len(tx.parts)-1].file, f.Message)
		f.Cause = s
		return f
	}
	if lost(err) == nil {
		return err
	}
	r.found(&finding.Finding{
		Code: finding.CommitInDoubt, Severity: finding.Warning,
		Message: fmt.Sprintf("the connection was lost at the commit of %s; looking up whether it happened", tx.version),
		Detail:  lost(err).Err.Error(),
	})
	ctx = context.WithoutCancel(ctx)
	done, err := r.lookUp(ctx, tx)
	switch {
	case err != nil:
		return r.inDoubt(tx, err)
	case done:
		r.settle(tx, event.Confirmed)
		return nil
	}
	_ = r.journal(Line{What: "aborted", Run: r.Run, Version: tx.version, Step: tx.step, XID: tx.xid})
	return errAborted
}

// lookUp finds out whether tx committed. It waits for the migration lock on a new connection, since the lost
// transaction holds it until it is over, and only then asks: measured, this order was never wrong (specs/apply.md §4).
func (r *Runner) lookUp(ctx context.Context, tx *transaction) (bool, error) {
	from := r.session.Facts()
	until := time.Now().Add(r.Options.DoubtWait)
	var err error
	for n := 1; ; n++ {
		var done bool
		if done, err = r.attempt(ctx, tx, from); err == nil {
			return done, nil
		}
		if time.Now().After(until) || lost(err) == nil && !reachable(err) {
			return false, err
		}
		if err := pause.For(ctx, backoff(n)); err != nil {
			return false, err
		}
	}
}

// attempt is one try of lookUp, which must not hang where nothing answers.
func (r *Runner) attempt(ctx context.Context, tx *transaction, from target.Facts) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*r.Options.DoubtWait)
	defer cancel()
	if err := r.connect(ctx); err != nil {
		return false, err
	}
	return r.outcome(ctx, tx, from)
}

// reachable reports whether a failed connection may come back by itself.
func reachable(err error) bool {
	f := finding.As(err)
	return f != nil && f.Exit == finding.Unreachable && f.Code != finding.AuthFailed && !diagnose.Rejected(err)
}

// outcome asks for the transaction's status and for its effect, under the lock; from is where it was sent. A server that
// was promoted or restored since gives the ids of lost transactions out again, so the status counts on the same timeline
// alone, and a commit only with its record.
func (r *Runner) outcome(ctx context.Context, tx *transaction, from target.Facts) (bool, error) {
	if r.session.Facts().Whole {
		return r.outcomeOfRequest(ctx, tx)
	}
	head, _ := r.head(&transaction{})
	err := r.session.Exec(ctx, []target.Segment{head}, nil)
	if lockTaken(err) {
		err = r.awaitLock(ctx, head, r.Options.DoubtWait)
	}
	if err != nil {
		return false, err
	}
	defer r.rollback()
	now := r.session.Facts()
	status := ""
	if from.System == now.System && from.Timeline == now.Timeline && tx.xid != "" {
		if status, err = r.status(ctx, tx.xid); err != nil {
			return false, err
		}
	}
	switch status {
	case "aborted":
		return false, nil
	case "in progress":
		return false, fmt.Errorf("transaction %s is still in progress", tx.xid)
	}
	done, err := tx.settled(ctx)
	switch {
	case status == committedStatus && errors.Is(err, errUntold):
		return true, nil
	case err != nil || done:
		return done, err
	case status == committedStatus:
		return false, fmt.Errorf("the server calls transaction %s committed, and its record is not there", tx.xid)
	case from.System != now.System:
		// What another server has recorded counts; what it lacks proves nothing.
		return false, errors.New("another server answers at this address now")
	case from.Timeline > now.Timeline:
		return false, fmt.Errorf("the server was on timeline %d, and one on timeline %d answers now", from.Timeline, now.Timeline)
	}
	return false, nil
}

// committedStatus is what pg_xact_status says of a transaction that is committed.
const committedStatus = "committed"

// status asks for a transaction's status: "" where the server does not remember, or refuses to say.
func (r *Runner) status(ctx context.Context, xid string) (status string, err error) {
	err = target.One(ctx, r.session, target.Step{
		SQL: statusSQL, Args: [][]byte{target.Text(xid)},
		Row: func(v [][]byte) { status = string(v[0]) },
	})
	if refused(err) != nil {
		r.rollback() // a failed statement has ended the transaction
		return "", nil
	}
	return status, err
}

// inDoubt is the finding for a commit whose outcome could not be found out.
func (r *Runner) inDoubt(tx *transaction, err error) error {
	return &finding.Finding{
		Code: finding.CommitInDoubt, Severity: finding.Error, Exit: finding.InDoubt,
		Message: fmt.Sprintf("whether %s was committed is not known", tx.version),
		Detail:  fmt.Sprintf("transaction %s of run %s; looking it up failed: %v", tx.xid, r.Run, err),
		Hint:    "once the database answers again: `cairn run resolve " + r.Run + "`; running the command again is safe too",
	}
}
