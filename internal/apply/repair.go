package apply

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// Repair forgets versions and then marks migrations as applied, all in one transaction, without running anything; gone is
// called with each version that was recorded and no longer is. Unless only is nil, nothing is changed where the history is
// no longer the one with that stamp.
func (r *Runner) Repair(ctx context.Context, marked []*migration.Migration, forget []string, only *history.Stamp, gone func(version string)) error {
	return r.unmoved(r.alter(ctx, alteration{read: true, steps: func(own bool) []target.Step {
		var steps []target.Step
		if only != nil {
			steps = append(steps, history.Still(*only))
		}
		if len(forget) > 0 {
			steps = append(steps, history.Forget(forget, own, gone))
		}
		for _, m := range marked {
			e := r.entry(m.Version, m.Name, m.Recorded, m.Checksum, uuid())
			steps = append(steps, history.MarkApplied(e, own))
		}
		return steps
	}}))
}

// unmoved explains an error of what changes the history as it was read, and nothing where it is another by now.
func (r *Runner) unmoved(err error) error {
	if errors.Is(err, errMoved) {
		f := finding.As(historyMoved())
		f.Hint = "nothing of it was recorded: run the command again"
		return f
	}
	return r.explain(err)
}

// Note writes to the journal that the history was changed by hand, and why.
func (r *Runner) Note(action, reason string, versions []string) error {
	f := r.session.Facts()
	return r.journal(Line{
		What: "note", Run: r.Run, Action: action, Version: strings.Join(versions, " "), Reason: reason,
		System: f.System, Database: f.Database,
	})
}

// Renamed is a recorded version that is to have what a file says of it.
type Renamed struct {
	Row  *history.Row // as it was read, with its statements
	File *migration.Migration
}

// Rename gives recorded versions the versions, names and texts of files, all of them in one transaction or none, without
// running anything. Where the history is no longer the one that was read, nothing is changed.
func (r *Runner) Rename(ctx context.Context, all []Renamed) error {
	at := r.history.Stamp
	renamings := make([]history.Renaming, len(all))
	for i, one := range all {
		renamings[i] = history.Renaming{
			From: one.Row.Version, Ran: one.Row.Statements,
			To: r.entry(one.File.Version, one.File.Name, one.File.Recorded, one.File.Checksum, uuid()),
		}
	}
	return r.unmoved(r.alter(ctx, alteration{
		read:  true,
		steps: func(own bool) []target.Step { return history.Rename(renamings, own, at) },
		settled: func(ctx context.Context) (bool, error) {
			err := r.reread(ctx)
			return err == nil && !slices.ContainsFunc(renamings, func(one history.Renaming) bool {
				return r.history.Version(one.From) != nil || r.history.Version(one.To.Version) == nil
			}), err
		},
	}))
}
