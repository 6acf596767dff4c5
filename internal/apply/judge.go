package apply

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target"
)

// tableLock is what a run says that it waits for where an application holds a table.
const tableLock = "a lock on a table"

// SQLSTATEs that decide what the machine does next (Postgres docs, appendix A).
const (
	uniqueViolation   = "23505"
	foreignKey        = "23503"
	lockNotAvailable  = "55P03"
	invalidText       = "22P02"
	protocolViolation = "08P01"
)

// judge turns the server's refusal of a step into what it means.
func (r *Runner) judge(tx *transaction, at place, s *target.StatementError) error {
	switch {
	case s.Forgotten:
		return s
	case (at.stage == recording || at.stage == finishing) && moved(s.PG):
		return errMoved
	case at.stage == opening && strings.Contains(s.PG.Message, "cairn: the lock was given back"):
		return errMoved
	case s.PG.Code == foreignKey && s.PG.ConstraintName == history.FileConstraint:
		f := r.sealBroken(tx, s).(*finding.Finding)
		if at.stage == running {
			statement := tx.parts[at.part].run[at.statement]
			f.At = statement.Span
			if constraintsAll.MatchString(statement.Text()) || constraintsAll.MatchString(s.PG.Where) {
				f.Message = "SET CONSTRAINTS ALL IMMEDIATE also checks the deferred key with which cairn guards this file's transaction, too early"
				f.Hint = "name the constraints that are to be checked now: SET CONSTRAINTS schema.constraint, … IMMEDIATE"
			}
		}
		return f
	case at.stage == running:
		tx.refusal = s.PG
		return diagnosed(s, tx.parts[at.part].run[at.statement], at.replaced)
	}
	return r.explain(s)
}

// constraintsAll finds the statement that makes every deferred constraint be checked at once, ours among them.
var constraintsAll = regexp.MustCompile(`(?is)\bset(\s|/\*.*?\*/|--[^\n]*\n)+constraints(\s|/\*.*?\*/|--[^\n]*\n)+all\b`)

// moved reports whether a refusal means that the history is not the one that was planned for.
func moved(pg *pgconn.PgError) bool {
	return pg.Code == uniqueViolation && pg.TableName == "schema_migrations" ||
		pg.Code == uniqueViolation && (pg.TableName == "seed_files" || pg.TableName == "cairn_steps") ||
		pg.Code == invalidText && strings.Contains(pg.Message, "cairn: the history has moved")
}

// explain turns an error about none of the user's statements into a finding.
func (r *Runner) explain(err error) error {
	if s := refused(err); s != nil && finding.As(err) == nil && s.PG.Code == insufficientPrivilege {
		return &finding.Finding{
			Code: finding.Postgres(s.PG.Code), Severity: finding.Error, Exit: finding.Refused, Cause: s,
			Message: fmt.Sprintf("the role %q may not read or write the history of %s: %s", r.session.Facts().User, r.Target.Name(), s.PG.Message),
			Hint:    "connect as the role that applies migrations (on Supabase it is postgres)",
		}
	}
	return explained(err, r.Target.Name())
}

// explained is explain for the database of that name.
func explained(err error, name string) error {
	if f := finding.As(err); f != nil {
		return err
	}
	if s := refused(err); s != nil {
		f := diagnose.Statement(s.PG, source.Span{})
		f.Cause = s
		return f
	}
	if pg := refusedByPooler(err); pg != nil {
		return &finding.Finding{
			Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Refused,
			Message: name + " is a pooler that allows no transactions", Detail: pg.Message,
			Hint: "use the direct connection or a session pooler (port 5432)", Cause: err,
		}
	}
	if l := lost(err); l != nil {
		return &finding.Finding{
			Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable,
			Message: "the connection to " + name + " was lost",
			Detail:  l.Err.Error(), Cause: err,
			Hint: "nothing of the open transaction was committed; run the command again",
		}
	}
	return err
}

// explainedOn is explain where there is no more than a session.
func explainedOn(s target.Session, err error) error {
	if err == nil {
		return nil
	}
	return explained(err, "database "+s.Facts().Database)
}

// refusedByPooler returns what a pooler in statement mode says to BEGIN before it ends the connection, or nil.
func refusedByPooler(err error) *pgconn.PgError {
	l := lost(err)
	if l == nil {
		return nil
	}
	pg, ok := errors.AsType[*pgconn.PgError](l.Err)
	if !ok || pg.Code != protocolViolation || !strings.Contains(pg.Message, "statement pooling") {
		return nil
	}
	return pg
}

// retries counts how often a transaction was tried.
type retries struct {
	runner    *Runner
	until     time.Time // no further wait for table locks begins after this
	locks     int
	conflicts int
	losses    int
}

// Bounds on trying again. A lock may be tried for until the time is up.
const (
	maxConflicts = 3
	maxLosses    = 2
)

// again decides whether a transaction that failed with err is sent once more, and waits as long as it should.
func (t *retries) again(ctx context.Context, tx *transaction, err error) (bool, error) {
	if ctx.Err() != nil {
		t.runner.rollback()
		return false, context.Cause(ctx)
	}
	if d, ok := errors.AsType[*decided](err); ok {
		return false, d.error
	}
	if f := finding.As(err); f != nil && f.Exit == finding.InDoubt {
		return false, err
	}
	switch {
	case diagnose.LockTimeout(err):
		if t.locks == 0 {
			t.until = time.Now().Add(t.runner.Options.LockWait)
		}
		t.locks++
		wait := backoff(t.locks)
		if time.Now().Add(wait).After(t.until) {
			t.runner.rollback()
			return false, t.runner.lockTimeout(err, t.locks)
		}
		t.runner.rollback()
		t.runner.tell(event.Waiting{For: tableLock, Holder: t.runner.blockedBy(), Attempt: t.locks, Next: wait})
		return t.after(ctx, wait)
	case diagnose.Conflict(err) && t.conflicts < maxConflicts:
		t.conflicts++
		t.runner.rollback()
		return t.after(ctx, backoff(t.conflicts))
	case refused(err) != nil && refused(err).Forgotten:
		t.runner.rollback()
		return true, nil
	case errors.Is(err, errAborted) && t.losses < maxLosses:
		t.losses++
		return true, nil
	case errors.Is(err, errAborted):
		return false, t.runner.gaveUp(tx)
	case refusedByPooler(err) != nil || t.runner.session.Facts().Whole && lost(err) != nil:
		return false, t.runner.explain(err)
	case lost(err) != nil && tx.held:
		// The session's lock went with it: the file is taken up again as a whole.
		return false, err
	case lost(err) != nil && t.losses < maxLosses:
		t.losses++
		return t.runner.reconnect(ctx, tx, err)
	}
	var at source.Span
	if f := finding.As(err); f != nil {
		at = f.At
	}
	if again, supplyErr := t.runner.supply(ctx, tx.refusal, at, tx.fresh); again || supplyErr != nil {
		return again, t.runner.explain(supplyErr)
	}
	t.runner.rollback()
	return false, t.runner.explain(err)
}

// gaveUp is the finding for a transaction whose commit was lost on the way as often as it was tried.
func (r *Runner) gaveUp(tx *transaction) error {
	return &finding.Finding{
		Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable,
		Message: "the connection to " + r.Target.Name() + " was lost at each try to commit " + tx.version,
		Hint:    "it is certain that it was not committed; run the command again",
	}
}

// after says yes once d has passed.
func (t *retries) after(ctx context.Context, d time.Duration) (bool, error) {
	if err := pause.For(ctx, d); err != nil {
		return false, err
	}
	return true, nil
}

// backoff is the wait before try n+1: from a quarter of a second, doubled up to eight seconds, with a fifth of jitter
// so that two runners do not meet again and again.
func backoff(n int) time.Duration {
	d := 250 * time.Millisecond << min(n-1, 5)
	return d + time.Duration(rand.Int64N(int64(d)/5+1))
}

// lockTimeout is the finding for a table that stayed locked.
func (r *Runner) lockTimeout(err error, tries int) error {
	f := finding.As(err)
	if f == nil {
		f = r.explain(err).(*finding.Finding)
	}
	out := *f
	out.Code, out.Exit = finding.LockTimeout, finding.Locked
	out.Message = fmt.Sprintf("a lock on a table was not obtained in %d tries of %s", tries, r.Options.LockTimeout)
	if r.blockedBy() != "" {
		out.Detail = "it is held by " + r.blockedBy()
	}
	out.Hint = "nothing was changed; end the session that holds the lock, run at a quieter time, or give more time with --lock-wait"
	return &out
}

// awaitLock polls for the migration lock, one round trip a poll, after a first try found it taken.
func (r *Runner) awaitLock(ctx context.Context, head target.Segment, wait time.Duration) error {
	until := time.Now().Add(wait)
	told, pid := "", ""
	for n := 1; ; n++ {
		var holders []Holder
		var segments []target.Segment
		if r.session.Status() != 'I' {
			segments = append(segments, target.Segment{{SQL: "rollback"}})
		}
		if n > ghostPolls {
			segments = append(segments, r.exorcise(pid)...)
		}
		segments = append(segments, target.Segment{holdersStep(&holders)}, head)
		err := r.session.Exec(ctx, segments, nil)
		if err == nil || !lockTaken(err) {
			return err
		}
		holder := "a run that has just ended"
		if len(holders) > 0 {
			pid, holder = holders[0].PID, holders[0].String()
		}
		if pid != told {
			told = pid
			r.tell(event.Waiting{For: "the migration lock", Holder: holder, Attempt: n})
		}
		if time.Now().After(until) {
			r.rollback()
			return &finding.Finding{
				Code: finding.LockHeld, Severity: finding.Error, Exit: finding.Locked,
				Message: fmt.Sprintf("the migration lock was not free within %s", wait),
				Detail:  "it is held by " + holder,
				Hint:    "wait for that run, give more time with --lock-wait, or end it with `cairn db unlock`; what waited for it was not run",
			}
		}
		if err := pause.For(ctx, min(50*time.Millisecond*time.Duration(n), time.Second)); err != nil {
			return err
		}
	}
}

// lockTaken reports whether the lock statement was refused because somebody has the lock, whatever language the
// server's words around ours are in.
func lockTaken(err error) bool {
	s := refused(err)
	return s != nil && (s.PG.Code == invalidText && strings.Contains(s.PG.Message, "cairn: the lock is held") ||
		s.PG.Code == lockNotAvailable && s.Step == 1 && strings.Contains(s.PG.Message, "supabase_migrations.schema_migrations"))
}

// ghostPolls is how many polls of the lock a session of ours that was lost may outlive its connection.
const ghostPolls = 5

// exorcise ends the server process of a session that this run has lost, where it is the one that holds the lock: the
// server may go on believing in a connection for as long as TCP does. Its start time tells it from a later process of
// the same number.
func (r *Runner) exorcise(holder string) []target.Segment {
	var segments []target.Segment
	for _, g := range r.ghosts {
		if pid := strconv.FormatUint(uint64(g.PID), 10); holder == pid && g.System == r.session.Facts().System {
			segments = append(segments, target.Segment{{SQL: "rollback"}}, target.Segment{{
				SQL: terminateOwnSQL, Args: [][]byte{target.Text(pid), target.Text(g.Started)},
			}})
		}
	}
	return segments
}

// reconnect opens a new connection after one was lost before its commit was sent. What that transaction had done is
// gone with it; the lock tells when the server has noticed.
func (r *Runner) reconnect(ctx context.Context, tx *transaction, cause error) (bool, error) {
	r.found(&finding.Finding{
		Code: finding.ConnectionLost, Severity: finding.Warning,
		Message: "the connection was lost before the commit of " + tx.version + "; trying again on a new one",
		Detail:  lost(cause).Err.Error(),
	})
	system := r.session.Facts().System
	until := time.Now().Add(r.Options.DoubtWait)
	for n := 1; ; n++ {
		err := r.connect(ctx)
		if err == nil && r.session.Facts().System != system {
			r.Close()
			return false, &finding.Finding{
				Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable,
				Message: "another server answers as " + r.Target.Name() + " since the connection was lost",
				Hint:    "what was under way on the first one was rolled back; make sure which server is meant, then run the command again",
			}
		}
		if err == nil {
			return true, nil
		}
		if errors.Is(err, context.Canceled) || diagnose.Rejected(err) || time.Now().After(until) {
			return false, err
		}
		if err := pause.For(ctx, backoff(n)); err != nil {
			return false, err
		}
	}
}
