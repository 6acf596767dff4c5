package apply

import (
	"strings"

	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// RepairSteps forgets versions and then marks migrations as applied, without running anything; gone is called with
// each version that was recorded and no longer is.
func (r *Runner) RepairSteps(own bool, marked []*migration.Migration, forget []string, gone func(version string)) []target.Step {
	var steps []target.Step
	if len(forget) > 0 {
		steps = append(steps, history.Forget(forget, own, gone))
	}
	for _, m := range marked {
		e := r.entry(m.Version, m.Name, m.Recorded, m.Checksum, uuid())
		steps = append(steps, history.MarkApplied(e, own))
	}
	return steps
}

// Note writes to the journal that the history was changed by hand, and why.
func (r *Runner) Note(action, reason string, versions []string) error {
	return r.journal(Line{What: "note", Run: r.Run, Action: action, Version: strings.Join(versions, " "), Reason: reason})
}
