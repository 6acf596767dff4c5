package apply

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

// The directions in which a migration's steps are recorded.
const (
	up   = "up"
	down = "down"
)

// operation is a migration of several units on its way up or down.
type operation struct {
	direction string
	version   string
	script    *migration.Migration                                         // the file that runs
	record    func(seal string, claimed func(history.Claim)) []target.Step // the history, with the last unit
	moves     int                                                          // what it adds to the number of versions recorded
	over      func(outcome event.Outcome, elapsed time.Duration)           // once all of it is committed
	done      *int                                                         // units that are known to be done
}

func (r *Runner) up(m *migration.Migration) operation {
	return operation{
		direction: up, version: m.Version, script: m, moves: 1, done: new(int),
		record: func(seal string, claimed func(history.Claim)) []target.Step {
			e := r.entry(m.Version, m.Name, m.Recorded, m.Checksum, seal)
			return []target.Step{history.Record(e, true, r.stamp.Whole(), claimed), history.ForgetSteps(m.Version)}
		},
	}
}

func (r *Runner) down(m *migration.Migration) operation {
	return operation{
		direction: down, version: m.Version, script: m.Down, moves: -1, done: new(int),
		record: func(seal string, claimed func(history.Claim)) []target.Step {
			return history.Revert(r.entry(m.Version, m.Name, nil, "", seal), true, r.stamp, claimed)
		},
	}
}

// units runs a file that is more than one transaction: unit by unit, each recorded as it ends, under a lock that the
// session holds until the file is through. A run that stops in between leaves the history without the version and our
// own table with the steps that are done; the next run goes on behind them.
func (r *Runner) units(ctx context.Context, op operation, result *Result, index, total int) error {
	if !r.history.Own {
		return r.needsTables(op)
	}
	if err := r.flush(ctx); err != nil { // what Chain left open
		return err
	}
	began := time.Now()
	op.over = func(outcome event.Outcome, elapsed time.Duration) {
		if op.direction == down {
			result.Applied = append(result.Applied, Done{Version: op.version, Name: op.script.Name, File: op.script.File.Name, Outcome: event.Reverted, Elapsed: elapsed})
			r.tell(event.MigrationDone{Version: op.version, File: op.script.File.Name, Outcome: event.Reverted, Elapsed: elapsed})
			return
		}
		r.applied(result, op.script, outcome, elapsed)
	}
	var err error
	for losses := 0; ; losses++ {
		if err = r.through(ctx, op, began, index, total, losses > 0); lost(err) == nil || losses == maxLosses || ctx.Err() != nil {
			break
		}
		at := err
		if again, reErr := r.reconnect(ctx, &transaction{version: op.version}, at); !again {
			err = reErr
			if c, ok := errors.AsType[*lostCommit](at); ok {
				err = r.inDoubt(c.tx, reErr)
			}
			break
		}
	}
	if c, ok := errors.AsType[*lostCommit](err); ok {
		err = r.inDoubt(c.tx, c.err)
	}
	if f := finding.As(err); f != nil && f.Exit == finding.InDoubt && *op.done > 0 {
		f.Hint = op.progress(*op.done) + "; " + f.Hint
	}
	if lost(err) != nil && finding.As(err) == nil {
		err = r.lostInUnits(op, err)
	}
	if f := finding.As(err); ctx.Err() != nil && err != nil && (f == nil || f.Exit != finding.InDoubt) {
		err = r.interrupted(op, context.Cause(ctx))
	}
	r.leaveLock()
	return err
}

// through goes through all units once; again says that an earlier try of this run lost its connection.
func (r *Runner) through(ctx context.Context, op operation, began time.Time, index, total int, again bool) error {
	keeps, err := r.session.Keeps(ctx)
	if err != nil {
		return err
	}
	if !keeps {
		return r.needsSession(op.script)
	}
	if err := r.sessionLock(ctx); err != nil {
		return err
	}
	// What was read before the lock was ours may be old.
	before := r.stamp
	if err := r.reread(ctx); err != nil {
		return err
	}
	if row := r.history.Version(op.version); (row != nil) == (op.direction == up) {
		// Nothing is left to do: this run did it before its connection was lost, or another run did.
		if !again || row != nil && (row.Applied == nil || row.Applied.Run != r.Run) {
			return errMoved
		}
		op.over(event.Confirmed, time.Since(began))
		return nil
	}
	if r.stamp != before && !again {
		return errMoved
	}
	steps := r.history.StepsOf(op.version, op.direction)
	done, err := r.doneBefore(op, steps)
	if err != nil {
		return err
	}
	*op.done = done
	if err := r.restoreSession(ctx, op, done); err != nil {
		return err
	}
	var hash int64
	claimed := func(c history.Claim) { hash = c.Hash }
	offset, of := 0, len(op.script.Statements())
	for i, u := range op.script.Units {
		if i < done {
			offset += len(u.Statements)
			continue
		}
		p := part{version: op.version, file: op.script.File.Name, index: index, total: total, offset: offset, of: of, run: u.Statements}
		final := i == len(op.script.Units)-1
		var announced *history.Step
		if i < len(steps) {
			if announced = &steps[i]; announced.MD5 != fingerprint(u) {
				// It was mended since: what was announced is not this statement.
				if err := r.withdraw(ctx, op.step(r, i)); err != nil {
					return r.explain(err)
				}
				announced = nil
			}
		}
		if u.Alone {
			err = r.alone(ctx, op, p, i, final, announced, claimed)
		} else {
			err = r.together(ctx, op, p, u, i, final, claimed)
		}
		if err != nil {
			return r.partly(op, i, err)
		}
		*op.done = i + 1
		offset += len(u.Statements)
	}
	if done == len(op.script.Units) {
		if err := r.recordOnly(ctx, op, claimed); err != nil {
			return err
		}
	}
	r.moved(op.moves, hash, op.version)
	op.over(event.Applied, time.Since(began))
	return nil
}

// recordOnly writes the history for a file whose parts that are left were taken out since the others ran.
func (r *Runner) recordOnly(ctx context.Context, op operation, claimed func(history.Claim)) error {
	tx := r.transaction(op.action(), op.version)
	tx.fresh, tx.held, tx.sealed = false, true, op.sealed(true)
	tx.parts = []part{{version: op.version, file: op.script.File.Name, offset: -1, record: func(began func(history.Claim)) []target.Step {
		return op.record(tx.seal, func(c history.Claim) {
			claimed(c)
			began(c)
		})
	}}}
	tx.done = func(event.Outcome, time.Duration) {}
	return r.run(ctx, tx, true)
}

// together runs a unit that is one transaction.
func (r *Runner) together(ctx context.Context, op operation, p part, u migration.Unit, i int, final bool, claimed func(history.Claim)) error {
	tx := r.transaction(op.action(), op.version)
	tx.fresh, tx.held, tx.mode, tx.step = false, true, u.Mode, i+1
	s := op.step(r, i)
	p.record = func(claimed func(history.Claim)) []target.Step {
		return []target.Step{history.StepDone(s, tx.seal, claimed)}
	}
	tx.sealed = op.sealed(final)
	if final {
		p.finish = op.record(tx.seal, claimed)
	}
	tx.parts = []part{p}
	tx.done = func(event.Outcome, time.Duration) {}
	return r.run(ctx, tx, true)
}

// bookkeeping runs sealed steps in a transaction of their own; the first returns the transaction's id.
func (r *Runner) bookkeeping(ctx context.Context, op operation, i int, steps []target.Step, seal string) error {
	tx := r.transaction(op.action(), op.version)
	tx.fresh, tx.held, tx.step, tx.seal, tx.sealed = false, true, i+1, seal, op.sealed(len(steps) > 1)
	p := part{version: op.version, file: op.script.File.Name, offset: -1}
	p.record = func(claimed func(history.Claim)) []target.Step {
		first := steps[0]
		first.Row = history.ReadClaim(claimed)
		return append([]target.Step{first}, steps[1:]...)
	}
	tx.parts = []part{p}
	tx.done = func(event.Outcome, time.Duration) {}
	return r.run(ctx, tx, true)
}

// doneBefore counts the units that earlier runs have done. A unit that ran and was edited since stops everything.
func (r *Runner) doneBefore(op operation, steps []history.Step) (int, error) {
	done := 0
	for i, s := range steps {
		if s.State != "done" {
			break
		}
		if i >= len(op.script.Units) || s.MD5 != fingerprint(op.script.Units[i]) {
			f := &finding.Finding{
				Code: finding.PartlyApplied, Severity: finding.Error, Exit: finding.Refused, At: op.script.File.Span(0, 0),
				Message: fmt.Sprintf("part %d of this file ran in run %s and was edited since", i+1, s.Run),
				Hint: fmt.Sprintf("put the parts that ran back as they were, or finish by hand and record it with "+
					"`cairn migration repair --status applied %s`", op.version),
			}
			if i < len(op.script.Units) {
				f.At = op.script.Units[i].Statements[0].Span
			}
			return 0, f
		}
		done++
	}
	return done, nil
}

// replayable reports whether a statement only makes a setting: what may run again in a new session. The role does not
// outlive a unit anyway.
func replayable(s migration.Statement) bool {
	words := append(sqltext.Words(s.Text(), 3), "", "", "")
	switch words[0] {
	case "SET", "RESET":
		return words[1] != "ROLE" && words[2] != "ROLE" && words[1] != "AUTHORIZATION" && words[2] != "AUTHORIZATION"
	case "SELECT":
		return words[1] == "SET_CONFIG" || words[2] == "SET_CONFIG"
	}
	return false
}

// restoreSession makes the settings again that the units which are done have made for the session.
func (r *Runner) restoreSession(ctx context.Context, op operation, done int) error {
	var settings target.Segment
	for _, u := range op.script.Units[:done] {
		for _, s := range u.Statements {
			if s.SetsSession() && replayable(s) {
				settings = append(settings, step(s))
			}
		}
	}
	if len(settings) == 0 {
		return nil
	}
	return r.session.Exec(ctx, []target.Segment{settings}, nil)
}

// sessionLock takes the migration lock for the session, after the session was made as it was after connecting.
func (r *Runner) sessionLock(ctx context.Context) error {
	r.rollback()
	head := target.Segment{{SQL: lockSessionSQL}}
	segments := append(r.fresh(), head)
	r.used = true
	err := r.session.Exec(ctx, segments, nil)
	if lockTaken(err) {
		return r.awaitLock(ctx, head, r.Options.LockWait)
	}
	return err
}

// leaveLock gives the session's lock back. A lost session has lost it already.
func (r *Runner) leaveLock() {
	if r.session == nil {
		return
	}
	r.rollback()
	r.quiet = true
	defer func() { r.quiet = false }()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = target.One(ctx, r.session, target.Step{SQL: unlockSessionSQL})
}

// partly says of an error in unit i how far the file came.
func (r *Runner) partly(op operation, i int, err error) error {
	f := finding.As(err)
	if f == nil {
		if refused(err) == nil {
			return err
		}
		f = finding.As(r.explain(err))
	}
	if i == 0 || f.Exit == finding.InDoubt || f.Exit == finding.Partial {
		return err
	}
	out := *f
	out.Exit = finding.Partial
	out.Hint = strings.TrimPrefix(f.Hint+"; ", "; ") + fmt.Sprintf(
		"%s: mend part %d and run the command again, it goes on there", op.progress(i), i+1)
	return &out
}

// progress says which units are done.
func (op operation) progress(done int) string {
	if done == 1 {
		return fmt.Sprintf("part 1 of %d of this file is done and recorded", len(op.script.Units))
	}
	return fmt.Sprintf("parts 1 to %d of %d of this file are done and recorded", done, len(op.script.Units))
}

// interrupted is the error of a run that was stopped in the file: once a part is done, that is told with it.
func (r *Runner) interrupted(op operation, cause error) error {
	if *op.done == 0 || r.Throwaway {
		return cause
	}
	return &finding.Finding{
		Code: finding.Cancelled, Severity: finding.Error, Exit: finding.Partial, At: op.script.File.Span(0, 0), Cause: cause,
		Message: "interrupted in the middle of " + op.script.File.Name,
		Hint:    op.progress(*op.done) + ": run the command again, it goes on behind that",
	}
}

// lostInUnits is the finding for a file whose connection was lost as often as it was taken up again.
func (r *Runner) lostInUnits(op operation, err error) error {
	f := &finding.Finding{
		Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, At: op.script.File.Span(0, 0),
		Message: fmt.Sprintf("the connection to %s was lost %d times in %s", r.Target.Name(), maxLosses+1, op.script.File.Name),
		Detail:  lost(err).Err.Error(), Cause: err,
		Hint: fmt.Sprintf("no part of this file's %d is known to be done; run the command again: it looks up what is, and goes on there", len(op.script.Units)),
	}
	if *op.done > 0 {
		f.Exit = finding.Partial
		f.Hint = op.progress(*op.done) + "; whether part " + strconv.Itoa(*op.done+1) + " ran, the next run looks up: run the command again, it goes on there"
	}
	return f
}

func (r *Runner) needsSession(m *migration.Migration) error {
	f := &finding.Finding{
		Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Refused, At: m.File.Span(0, 0),
		Message: m.File.Name + " needs a session, and " + r.Target.Name() + " is reached through " + r.way(),
		Hint:    "use " + elsewhere + "; nothing of this file was run",
	}
	for _, u := range m.Units {
		if u.Alone {
			f.At = u.Statements[0].Span
			break
		}
	}
	return f
}

func (r *Runner) needsTables(op operation) error {
	return &finding.Finding{
		Code: finding.HistoryShape, Severity: finding.Error, Exit: finding.Refused, At: op.script.File.Span(0, 0),
		Message: op.script.File.Name + " runs in several steps, which cannot be recorded: this role may not create tables in supabase_migrations",
		Hint:    "run as the owner of that schema; nothing of this file was run",
	}
}

// sealed says which row the seal of a unit's transaction is for: the unit's own, or with the last one the version's.
func (op operation) sealed(final bool) history.Sealed {
	switch {
	case !final:
		return history.SealedStep
	case op.direction == down:
		return history.SealedReverted
	}
	return history.SealedApplied
}

func (op operation) action() string {
	if op.direction == down {
		return "revert"
	}
	return "apply"
}

func (op operation) step(r *Runner, i int) history.Step {
	return history.Step{
		Version: op.version, Index: i, Direction: op.direction, MD5: fingerprint(op.script.Units[i]), Run: r.Run, Before: "{}",
	}
}

// fingerprint is the MD5 of a unit's statements, as text and in order.
func fingerprint(u migration.Unit) string {
	h := md5.New()
	for _, s := range u.Statements {
		h.Write([]byte(s.Text()))
		h.Write([]byte{0})
		if s.Copy != nil {
			h.Write([]byte(s.Copy.Text()))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
