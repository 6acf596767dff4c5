package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// LastApplied returns the last n recorded migrations, newest first, each with the down file that reverts it. A version
// without a file or without a down file is a finding with exit Refused that says what there is to do.
func LastApplied(local []*migration.Migration, h *history.History, n int) ([]*migration.Migration, error) {
	byVersion := map[string]*migration.Migration{}
	for _, m := range local {
		byVersion[m.Version] = m
	}
	if n > len(h.Rows) {
		return nil, &finding.Finding{
			Code: finding.UnknownVersion, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("--last %d is more than the %d applied migrations", n, len(h.Rows)),
		}
	}
	var last []*migration.Migration
	for i := len(h.Rows) - 1; i >= len(h.Rows)-n; i-- {
		row := h.Rows[i]
		m := byVersion[row.Version]
		if m == nil || m.Down == nil {
			return nil, noDown(row, m)
		}
		last = append(last, m)
	}
	return last, nil
}

func noDown(row history.Row, m *migration.Migration) error {
	f := &finding.Finding{
		Code: finding.NoDownFile, Severity: finding.Error, Exit: finding.Refused,
		Message: fmt.Sprintf("migration %s_%s has no down file", row.Version, row.Name),
		Hint: fmt.Sprintf("write supabase/rollbacks/%s_%s_down.sql with the statements that undo it, or undo it forward with "+
			"`cairn migration new`; on a local database `cairn db reset --version` starts over; nothing was changed", row.Version, row.Name),
	}
	if m != nil {
		f.At = m.File.Span(0, 0)
	}
	return f
}

// Revert runs the down files of migrations, newest first, each in a transaction that takes the version out of the
// history. It stops at the first that fails.
func (r *Runner) Revert(ctx context.Context, last []*migration.Migration) (*Result, error) {
	result := &Result{}
	downs := make([]*migration.Migration, len(last))
	for i, m := range last {
		downs[i] = m.Down
	}
	err := r.suits(ctx, downs...)
	if err == nil {
		err = r.bootstrap(ctx)
	}
	for i, m := range last {
		if err != nil {
			result.Left = append(result.Left, m.Version)
			continue
		}
		if m.Down.Transactional() {
			err = r.revertWhole(ctx, m, result, i+1, len(last))
		} else {
			err = r.units(ctx, r.down(m), result, i+1, len(last))
		}
		if err != nil {
			result.Left = append(result.Left, m.Version)
			err = r.behind(err, m.Down, result.Applied, "reverted")
		}
	}
	r.rollback()
	if errors.Is(err, errMoved) {
		err = historyMoved()
	}
	return result, r.explain(err)
}

func (r *Runner) revertWhole(ctx context.Context, m *migration.Migration, result *Result, index, total int) error {
	tx := r.transaction("revert", m.Version)
	tx.sealed = history.SealedReverted
	if len(m.Down.Units) > 0 {
		tx.mode = m.Down.Units[0].Mode
	}
	p := part{version: m.Version, file: m.Down.File.Name, index: index, total: total, run: m.Down.Statements()}
	p.of = len(p.run)
	p.record = func(claimed func(history.Claim)) []target.Step {
		return history.Revert(r.entry(m.Version, m.Name, nil, "", tx.seal), r.history.Own, r.stamp, claimed)
	}
	tx.parts = []part{p}
	tx.settled = func(ctx context.Context) (bool, error) {
		_, there, err := r.recordedBy(ctx, m.Version)
		return !there, err
	}
	tx.done = func(_ event.Outcome, elapsed time.Duration) {
		r.moved(-1, tx.hash())
		r.reverted(result, m, elapsed)
	}
	return r.run(ctx, tx, true)
}

func (r *Runner) reverted(result *Result, m *migration.Migration, elapsed time.Duration) {
	result.Applied = append(result.Applied, Done{
		Version: m.Version, Name: m.Name, File: m.Down.File.Name, Outcome: event.Reverted, Elapsed: elapsed,
	})
	r.tell(event.MigrationDone{Version: m.Version, File: m.Down.File.Name, Outcome: event.Reverted, Elapsed: elapsed})
}
