package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/target"
)

// commit sends COMMIT as a message of its own, after the journal knows what is about to be committed.
func (r *Runner) commit(ctx context.Context, tx *transaction) error {
	if err := r.announce(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	// From here on an interruption would only leave a doubt.
	ctx, cancel := r.patience(context.WithoutCancel(ctx))
	defer cancel()
	segments := []target.Segment{{{SQL: "commit", Ours: true}}}
	if tx.fresh {
		segments = append(segments, r.fresh()...) // the server does it while we take note of the commit
	}
	var tag string
	err := r.session.Exec(ctx, segments, func(res target.Result) {
		if res.Segment > 0 {
			return
		}
		if tag = res.Tag; tag == committed {
			r.settle(tx, event.Applied)
		}
	})
	switch {
	case tag == committed:
		r.used = !tx.fresh || err != nil
		return nil
	case err == nil:
		return r.sealBroken(tx, fmt.Errorf("COMMIT answered %s", tag))
	}
	if tx.held && lost(err) != nil {
		return &lostCommit{tx: tx, err: err}
	}
	return r.recover(ctx, tx, err)
}

// lostCommit is a connection lost at the commit of a unit: what holds is read again once the lock is regained.
type lostCommit struct {
	tx  *transaction
	err error
}

func (e *lostCommit) Error() string { return e.err.Error() }
func (e *lostCommit) Unwrap() error { return e.err }

// announce writes to the journal that tx is about to be committed.
func (r *Runner) announce(tx *transaction) error {
	if tx.ready != nil {
		if err := tx.ready(); err != nil {
			return err
		}
	}
	f := r.session.Facts()
	return r.journal(Line{
		What: "committing", Run: r.Run, Action: tx.action, Version: tx.version, Step: tx.step,
		XID: tx.xid, PID: tx.pid, System: f.System, Timeline: f.Timeline, Database: f.Database,
	})
}

// settle tells everybody that tx is committed.
func (r *Runner) settle(tx *transaction, outcome event.Outcome) {
	// The journal is a help: what is committed stays so where it cannot be written any more.
	_ = r.journal(Line{What: "committed", Run: r.Run, Version: tx.version, Step: tx.step, XID: tx.xid})
	tx.done(outcome, time.Since(tx.began))
}

// flush commits what Chain left open.
func (r *Runner) flush(ctx context.Context) error {
	tx := r.pending
	if tx == nil {
		return nil
	}
	r.pending = nil
	return r.commit(ctx, tx)
}
