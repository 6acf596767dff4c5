package apply

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

// tidyTime bounds what is cleared away after an interruption: the next run finds what is left by the announced step.
const tidyTime = 1200 * time.Millisecond

// alone runs a statement that must not be in a transaction: announced before, looked for after.
func (r *Runner) alone(ctx context.Context, op operation, p part, i int, final bool, announced *history.Step, claimed func(history.Claim)) error {
	statement := p.run[0]
	e := effectOf(statement)
	s := op.step(r, i)
	if p.offset == 0 {
		r.tell(event.MigrationStarted{Version: p.version, File: p.file, Index: p.index, Total: p.total, Statements: p.of})
	}
	r.started(p, 0)
	tag := ""
	ran := false
	if announced != nil {
		s.Before = announced.Before
		there, err := r.effect(ctx, statement, s.Before, false)
		if errors.Is(err, errUnknown) {
			return unknownOutcome(s, statement)
		}
		if err != nil {
			return err
		}
		ran = there
	} else {
		before, err := r.lookBefore(ctx, e, statement)
		if err != nil {
			return err
		}
		s.Before = before
		seal := uuid()
		if err := r.bookkeeping(ctx, op, i, []target.Step{history.StepIntent(s, seal)}, seal); err != nil {
			return err
		}
	}
	if !ran {
		var err error
		if tag, err = r.statement(ctx, s.Before, statement); err != nil {
			if e.Kind == migration.UnknownEffect && lost(err) == nil {
				_ = r.withdraw(ctx, s)
			}
			return err
		}
		if e.Lasting() {
			there, err := r.effect(ctx, statement, s.Before, true)
			if err != nil {
				return err
			}
			if !there {
				return effectMissing(statement)
			}
		}
	}
	r.tell(event.StatementDone{Version: p.version, Index: p.offset + 1, Total: p.of, Tag: tag})
	seal := uuid()
	steps := []target.Step{history.StepFinish(s, seal)}
	if final {
		steps = append(steps, op.record(seal, claimed)...)
	}
	return r.bookkeeping(ctx, op, i, steps, seal)
}

// statement runs one statement outside any transaction, again while a lock is not free. What a failed try left behind
// is cleared away before the next, and after the last.
func (r *Runner) statement(ctx context.Context, before string, s migration.Statement) (string, error) {
	until := time.Now().Add(r.Options.LockWait)
	for n := 1; ; n++ {
		tag, ran := "", false
		sent, replaced, note := r.emulated(s)
		segments := []target.Segment{{r.settings(false)}, {sent}}
		if freesLock(s) {
			segments = append(segments, target.Segment{{SQL: lockSessionSQL}})
		}
		stop := r.watch(ctx)
		err := r.session.Exec(ctx, segments, func(res target.Result) {
			if res.Segment == 1 {
				tag, ran = res.Tag, true
			}
		})
		stop()
		if ran {
			r.noted(note)
			if lockTaken(err) {
				err = errMoved // another run had it in between: what it did is to be looked at first
			}
			return tag, err
		}
		refusal := refused(err)
		if refusal == nil {
			return "", err
		}
		// The context may be over; clearing away gets its own time.
		limit := r.Options.LockWait
		if ctx.Err() != nil {
			limit = tidyTime
		}
		tidy, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
		cleared := r.clear(tidy, s, before)
		cancel()
		f := diagnosed(refusal, s, replaced)
		wait := backoff(n)
		retry := diagnose.LockTimeout(refusal) || diagnose.Conflict(refusal)
		switch {
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		case cleared != nil:
			return "", errors.Join(f, cleared)
		case !retry:
			again, err := r.supply(ctx, refusal.PG, f.At, false)
			if again {
				continue
			}
			return "", cmp.Or(err, error(f))
		case time.Now().Add(wait).After(until):
			return "", r.lockTimeout(f, n)
		}
		r.tell(event.Waiting{For: tableLock, Holder: r.blockedBy(), Attempt: n, Next: wait})
		if err := pause.For(ctx, wait); err != nil {
			return "", err
		}
	}
}

// withdraw takes the announcement of a statement back that the server refused, so that it may run again once it is
// mended. Where that fails, the next run stops there and says that it does not know.
func (r *Runner) withdraw(ctx context.Context, s history.Step) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
	defer cancel()
	return target.One(ctx, r.session, target.Step{
		SQL:  "delete from supabase_migrations.cairn_steps where version = $1 and direction = $2 and step = $3::int and state = 'intent'",
		Args: [][]byte{target.Text(s.Version), target.Text(s.Direction), target.Text(strconv.Itoa(s.Index))},
	})
}

// freesLock reports whether a statement gives all locks of the session back: the migration lock is taken again in the
// same write.
func freesLock(s migration.Statement) bool {
	return slices.Equal(sqltext.Words(s.Text(), 2), []string{"DISCARD", "ALL"})
}
