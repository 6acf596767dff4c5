package apply

import (
	"context"

	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/target"
)

// Resolution says how a commit that was in doubt ended.
type Resolution struct {
	Version   string `json:"version"`
	Step      int    `json:"step,omitempty"`
	Action    string `json:"action"`
	XID       string `json:"xid"`
	Committed bool   `json:"committed"`
}

// InDoubt returns the last commit that a journal announced and never settled, or nil.
func InDoubt(lines []Line) *Line {
	var open *Line
	for i, l := range lines {
		switch l.What {
		case "committing":
			open = &lines[i]
		case "committed", "aborted":
			if open != nil && (open.XID == l.XID || open.XID == "" && open.Version == l.Version && open.Step == l.Step) {
				open = nil
			}
		}
	}
	return open
}

// Resolve looks up on the target how the commit of line l ended, and notes it in the journal. The runner must carry
// the run's own id.
func (r *Runner) Resolve(ctx context.Context, l *Line) (*Resolution, error) {
	tx := &transaction{version: l.Version, step: l.Step, action: l.Action, xid: l.XID, expires: l.Expires}
	tx.settled = func(ctx context.Context) (bool, error) { return r.happened(ctx, l) }
	done, err := r.outcome(ctx, tx, target.Facts{System: l.System, Timeline: l.Timeline})
	if err != nil {
		return nil, r.inDoubt(tx, err)
	}
	what := "aborted"
	if done {
		what = "committed"
	}
	if err := r.journal(Line{What: what, Run: r.Run, Version: l.Version, Step: l.Step, XID: l.XID}); err != nil {
		return nil, err
	}
	return &Resolution{Version: l.Version, Step: l.Step, Action: l.Action, XID: l.XID, Committed: done}, nil
}

// happened looks for the record that the transaction of line l would have written.
func (r *Runner) happened(ctx context.Context, l *Line) (bool, error) {
	if err := r.reread(ctx); err != nil {
		return false, err
	}
	row := r.history.Version(l.Version)
	switch {
	case l.Action == "alter":
		return false, errUntold
	case l.Action == "seed":
		seeds, err := history.Seeds(ctx, r.session)
		return seeds[l.Version] != "", err
	case l.Action == "revert" && l.Step == 0:
		return row == nil, nil
	case l.Step == 0 || row != nil && l.Action == "apply":
		if row == nil || row.Applied == nil || l.Step > 0 {
			return row != nil, nil
		}
		// On another timeline the same id may be another transaction's.
		return row.Applied.Run == l.Run && (l.XID == "" || row.Applied.XID == l.XID), nil
	}
	direction := up
	if l.Action == "revert" {
		direction = down
	}
	for _, s := range r.history.StepsOf(l.Version, direction) {
		if s.Index == l.Step-1 {
			if s.State != "done" {
				return false, errUntold // its announcement is a commit too
			}
			return true, nil
		}
	}
	return l.Action == "revert" && row == nil, nil
}
