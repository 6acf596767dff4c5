package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// Result says what a run did. Partial success is a value: Applied is right also where the run failed.
type Result struct {
	Applied []Done   `json:"applied"` // what this run applied, or reverted, in order
	ByOther []Done   `json:"by_other,omitempty"`
	Left    []string `json:"left,omitempty"` // versions that were pending and are still
}

// Done is one migration that is over and done with.
type Done struct {
	Version string        `json:"version"`
	Name    string        `json:"name"`
	File    string        `json:"file"`
	Outcome event.Outcome `json:"outcome"`
	Elapsed time.Duration `json:"elapsed_ns"`
	Run     string        `json:"run,omitempty"` // for ByOther: the run that applied it
}

// Apply runs a plan's migrations in order, each in a transaction of its own, and stops at the first that fails: what
// ran before it stays applied and recorded. Migrations that another run applies meanwhile are left to it.
func (r *Runner) Apply(ctx context.Context, plan *Plan) (*Result, error) {
	result := &Result{}
	queue := plan.Pending
	if len(queue) == 0 {
		return result, nil
	}
	err := r.suits(ctx, queue...)
	if err == nil {
		err = r.bootstrap(ctx)
	}
	if err == nil {
		err = r.current(plan, result, &queue)
	}
	total, stuck := len(plan.Pending), 0
	for err == nil && len(queue) > 0 {
		m := queue[0]
		index := total - len(queue) + 1
		if !r.inUnits(m) {
			err = r.whole(ctx, m, result, index, total, len(queue) == 1 || r.inUnits(queue[1]))
		} else {
			err = r.units(ctx, r.up(m), result, index, total)
		}
		switch {
		case err == nil:
			queue, stuck = queue[1:], 0
		case errors.Is(err, errMoved) && stuck < 3:
			stuck++
			r.rollback()
			left := len(queue)
			if err = r.reread(ctx); err == nil {
				err = r.current(plan, result, &queue)
			}
			if len(queue) < left {
				stuck = 0 // the others are at the same work, and it goes on
			}
		}
	}
	if flushErr := r.flush(ctx); err == nil {
		err = flushErr
	}
	r.rollback()
	if errors.Is(err, errMoved) {
		err = historyMoved()
	}
	result.Left = plan.left(result)
	err = r.explain(err)
	for _, m := range plan.Pending {
		if len(result.Left) > 0 && m.Version == result.Left[0] {
			err = r.behind(err, m, result.Applied, "applied")
		}
	}
	return result, err
}

// inUnits reports whether a migration runs unit by unit: it cannot be one transaction, or an earlier run began so.
func (r *Runner) inUnits(m *migration.Migration) bool {
	return !m.Transactional() || len(r.history.StepsOf(m.Version, up)) > 0
}

// left lists the versions of a plan that are not applied, by this run or another.
func (p *Plan) left(result *Result) []string {
	done := map[string]bool{}
	for _, d := range append(slices.Clone(result.Applied), result.ByOther...) {
		done[d.Version] = true
	}
	var left []string
	for _, m := range p.Pending {
		if !done[m.Version] {
			left = append(left, m.Version)
		}
	}
	return left
}

// current makes the plan anew from the history as it is now and takes out of the queue what other runs have applied.
// The queue never grows: what was not asked for does not run.
func (r *Runner) current(plan *Plan, result *Result, queue *[]*migration.Migration) error {
	if r.stamp == plan.Stamp && len(result.Applied) == 0 {
		return nil
	}
	for _, d := range result.Applied {
		if r.history.Version(d.Version) == nil {
			return historyMoved() // somebody has taken back what this run had applied
		}
	}
	now, err := MakePlan(plan.local, r.history, plan.includeAll)
	if err != nil {
		return err
	}
	*queue = slices.DeleteFunc(slices.Clone(*queue), func(m *migration.Migration) bool {
		if slices.Contains(now.Pending, m) {
			return false
		}
		d := Done{Version: m.Version, Name: m.Name, File: m.File.Name, Outcome: event.ByOther}
		if row := r.history.Version(m.Version); row != nil && row.Applied != nil {
			d.Run = row.Applied.Run
		}
		result.ByOther = append(result.ByOther, d)
		r.tell(event.MigrationDone{Version: m.Version, File: m.File.Name, Outcome: event.ByOther, Detail: d.Run})
		return true
	})
	return nil
}

// whole runs a migration that is one transaction.
func (r *Runner) whole(ctx context.Context, m *migration.Migration, result *Result, index, total int, last bool) error {
	tx := r.transaction("apply", m.Version)
	tx.parts = []part{r.part(m, tx.seal, 0, index, total)}
	if len(m.Units) > 0 {
		tx.mode = m.Units[0].Mode
	}
	tx.done = func(outcome event.Outcome, elapsed time.Duration) {
		r.moved(1, tx.hash(), m.Version)
		r.applied(result, m, outcome, elapsed)
	}
	return r.run(ctx, tx, last)
}

// Atomic runs all of a plan's migrations in one transaction; it refuses by name those that cannot be part of one.
func (r *Runner) Atomic(ctx context.Context, plan *Plan) (*Result, error) {
	result := &Result{}
	if len(plan.Pending) == 0 {
		return result, nil
	}
	for _, m := range plan.Pending {
		result.Left = append(result.Left, m.Version)
	}
	for _, m := range plan.Pending {
		if !m.Transactional() || len(m.Units) == 1 && m.Units[0].Mode != "" {
			return result, notAtomic(m)
		}
	}
	err := r.suits(ctx, plan.Pending...)
	if err == nil {
		err = r.bootstrap(ctx)
	}
	if err != nil {
		return result, r.explain(err)
	}
	tx := r.transaction("apply", plan.Pending[len(plan.Pending)-1].Version)
	for i, m := range plan.Pending {
		tx.parts = append(tx.parts, r.part(m, tx.seal, i, i+1, len(plan.Pending)))
	}
	tx.done = func(outcome event.Outcome, elapsed time.Duration) {
		r.moved(len(plan.Pending), tx.hash(), tx.version)
		for _, m := range plan.Pending {
			r.applied(result, m, outcome, elapsed)
		}
		result.Left = nil
	}
	err = r.run(ctx, tx, true)
	r.rollback()
	if errors.Is(err, errMoved) {
		err = historyMoved()
	}
	return result, r.rolledBack(r.explain(err), fmt.Sprintf("all %d files of this push were rolled back as one", len(plan.Pending)))
}

// transaction returns a transaction without parts whose effect is that version is recorded by this run.
func (r *Runner) transaction(action, version string) *transaction {
	tx := &transaction{fresh: true, action: action, version: version, sealed: history.SealedApplied}
	if r.history.Own {
		tx.seal = uuid()
	}
	tx.settled = func(ctx context.Context) (bool, error) {
		run, there, err := r.recordedBy(ctx, version)
		return there && (run == r.Run || !r.history.Own), err
	}
	return tx
}

// part is a migration's share of a transaction in which ahead others are recorded before it.
func (r *Runner) part(m *migration.Migration, seal string, ahead, index, total int) part {
	p := part{version: m.Version, file: m.File.Name, index: index, total: total}
	p.run = m.Statements()
	p.of = len(p.run)
	p.record = func(claimed func(history.Claim)) []target.Step {
		e := r.entry(m.Version, m.Name, m.Recorded, m.Checksum, seal)
		return []target.Step{history.Record(e, r.history.Own, r.guard(m.Version, ahead), claimed)}
	}
	return p
}

// guard is what must hold of the history when version is recorded, as the one after ahead others in its transaction. The
// whole history is compared once after it was read; from then on it is enough that nothing came behind this run.
func (r *Runner) guard(version string, ahead int) history.Guard {
	switch {
	case r.compared && ahead == 0 && version > r.newest:
		newest := r.newest
		if r.pending != nil {
			newest = max(newest, r.pending.version)
		}
		return history.Behind(newest)
	case ahead > 0 && version > r.newest:
		return history.Guard{}
	case ahead > 0:
		return r.stamp.Moved(ahead, 0).Count()
	}
	return r.expected().Whole()
}

// moved notes that versions were recorded, or reverted where n is negative; hash is their share of the stamp.
func (r *Runner) moved(n int, hash int64, versions ...string) {
	r.stamp, r.compared = r.stamp.Moved(n, hash), true
	r.newest = slices.Max(append(versions, r.newest))
}

// expected is the history's stamp once what is pending is committed.
func (r *Runner) expected() history.Stamp {
	if r.pending != nil {
		return r.stamp.Moved(1, r.pending.hash())
	}
	return r.stamp
}

// hash is the share of the transaction's versions in the history's stamp.
func (tx *transaction) hash() int64 {
	var hash int64
	for _, p := range tx.parts {
		hash ^= p.hash
	}
	return hash
}

// recordedBy returns the run that recorded a version, and whether it is recorded at all.
func (r *Runner) recordedBy(ctx context.Context, version string) (run string, there bool, err error) {
	sql := recordedSQL
	if !r.history.Own {
		sql = recordedPlainSQL
	}
	rows, err := target.Rows(ctx, r.session, sql, target.Text(version))
	if err != nil || len(rows) == 0 {
		return "", false, err
	}
	return string(rows[0][0]), true, nil
}

// applied notes a migration that this run has applied.
func (r *Runner) applied(result *Result, m *migration.Migration, outcome event.Outcome, elapsed time.Duration) {
	result.Applied = append(result.Applied, Done{
		Version: m.Version, Name: m.Name, File: m.File.Name, Outcome: outcome, Elapsed: elapsed,
	})
	r.tell(event.MigrationDone{Version: m.Version, File: m.File.Name, Outcome: outcome, Elapsed: elapsed})
}

func notAtomic(m *migration.Migration) error {
	f := &finding.Finding{
		Code: finding.NotInTransaction, Severity: finding.Error, Exit: finding.Refused, At: m.File.Span(0, 0),
		Message: m.ID() + " cannot be part of one transaction with the other pending migrations",
		Hint:    "push without --atomic, or push this file alone first; nothing was changed",
	}
	for _, u := range m.Units {
		if u.Alone {
			f.At = u.Statements[0].Span
			f.Detail = "Postgres runs this statement only outside a transaction"
			break
		}
	}
	return f
}

func historyMoved() error {
	return &finding.Finding{
		Code: finding.HistoryMoved, Severity: finding.Error, Exit: finding.Refused,
		Message: "another run changed the history meanwhile",
		Hint:    "look at `cairn migration list` and run the command again; the migration at which this run stopped was not run",
	}
}
