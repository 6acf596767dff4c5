package apply

import (
	"context"
	"slices"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/target"
)

// insufficientPrivilege is SQLSTATE 42501.
const insufficientPrivilege = "42501"

// alteration is a change of the history that is no migration's.
type alteration struct {
	steps func(own bool) []target.Step // what is changed, with our tables or without; nil for nothing
	read  bool                         // the history is read behind the steps; where a table is made it always is
	ready func() error                 // called before the commit, unless nil; where the route sends all at once, after it

	// settled says whether the change is there, where its answer was lost and the transaction's own status cannot be asked
	// for. nil is for what nobody can tell.
	settled func(ctx context.Context) (bool, error)
}

// bootstrap makes the history and our own tables where they are missing.
func (r *Runner) bootstrap(ctx context.Context) error {
	return r.alter(ctx, alteration{settled: func(ctx context.Context) (bool, error) {
		err := r.reread(ctx)
		return err == nil && r.history.Complete() && (r.history.Own || r.denied), err
	}})
}

// Alter runs steps that change the history in one transaction behind the lock, making the tables first.
func (r *Runner) Alter(ctx context.Context, steps func(own bool) []target.Step) error {
	return r.explain(r.alter(ctx, alteration{steps: steps, read: true}))
}

// alter makes the tables that are missing, runs the steps behind them, and reads the history: all in one transaction
// behind the lock, so that runners which start together do not race. Without the right to make our own tables the run
// goes on with the shared one alone.
func (r *Runner) alter(ctx context.Context, a alteration) error {
	if r.history.Own || r.denied {
		return r.change(ctx, a, false)
	}
	err := r.change(ctx, a, true)
	s := refused(err)
	if s == nil || s.PG.Code != insufficientPrivilege {
		return err
	}
	r.denied = true
	if err := r.change(ctx, a, false); err != nil {
		return err
	}
	r.found(&finding.Finding{
		Code: finding.HistoryShape, Severity: finding.Note,
		Message: "this role may not create tables in supabase_migrations: checksums and run ids are not kept",
		Detail:  s.PG.Message,
	})
	return nil
}

// change is a try of alter, with or without making our tables.
func (r *Runner) change(ctx context.Context, a alteration, create bool) error {
	all := r.history.CreateShared()
	if create {
		all = append(all, history.CreateOwn()...)
	}
	read, own := a.read || len(all) > 0, create || r.history.Own
	if a.steps != nil {
		all = append(all, a.steps(own)...)
	}
	if len(all) == 0 {
		return nil
	}
	now := func() (*history.History, error) { return r.history, nil }
	err := r.underLock(ctx, a, func() []target.Step {
		if !read {
			return all
		}
		var reading []target.Step
		reading, now = r.history.Reread(own)
		return slices.Concat(all, reading)
	})
	if err != nil || !read {
		return err
	}
	h, err := now()
	if err == nil {
		r.know(h)
	}
	return err
}

// underLock runs steps, made anew for each try, in a transaction of their own that holds the migration lock.
func (r *Runner) underLock(ctx context.Context, a alteration, steps func() []target.Step) error {
	r.quiet = true
	defer func() { r.quiet = false }()
	tx := &transaction{action: "alter", version: "the history", ready: a.ready, settled: a.settled}
	tx.parts = []part{{file: "the change of the history", offset: -1, record: func(claimed func(history.Claim)) []target.Step {
		return append([]target.Step{history.Identify(claimed)}, steps()...)
	}}}
	if tx.settled == nil { // the transaction's own status is all that tells
		tx.settled = func(context.Context) (bool, error) { return false, errUntold }
	}
	tx.done = func(event.Outcome, time.Duration) {}
	return r.run(ctx, tx, true)
}

// Entry is what is recorded for a migration in this run.
func (r *Runner) entry(version, name string, statements []string, checksum, seal string) history.Entry {
	return history.Entry{
		Version: version, Name: name, Statements: statements, Checksum: checksum,
		Run: r.Run, Who: r.Who, Route: r.session.Facts().Route, Seal: seal,
	}
}
