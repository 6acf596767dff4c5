package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// RunOptions bound what a run waits for; zero values are the defaults.
type RunOptions struct {
	LockTimeout      time.Duration // --lock-timeout
	LockWait         time.Duration // --lock-wait
	StatementTimeout time.Duration // --statement-timeout
	Chain            bool          // --chain
}

func (o RunOptions) options() apply.Options {
	opt := apply.Defaults()
	if o.LockTimeout != 0 {
		opt.LockTimeout = o.LockTimeout
	}
	if o.LockWait != 0 {
		opt.LockWait = o.LockWait
	}
	opt.StatementTimeout, opt.Chain = o.StatementTimeout, o.Chain
	return opt
}

// journals is the folder of the runs' journals.
func (a *App) journals() string { return filepath.Join(a.StateDir, "runs") }

// begin opens a run of a verb on a place and tells so. The runner is open; end must be called with the run's error.
func (a *App) begin(ctx context.Context, verb string, at *place, o RunOptions, s event.Sink) (r *apply.Runner, end func(error), err error) {
	started := a.Now()
	r = &apply.Runner{
		Target: at.Target, Options: o.options(), Run: apply.NewRun(started), Verb: verb, Who: a.who(), Sink: s,
	}
	s(event.RunStarted{Run: r.Run, Verb: verb, Target: at.Name(), At: started})
	end = func(err error) {
		r.Close()
		if r.Journal != nil {
			_ = r.Journal.Write(apply.Line{What: "done", At: a.Now(), Run: r.Run, Exit: int(ExitOf(err))})
			_ = r.Journal.Close()
		}
		s(event.RunDone{Run: r.Run, Exit: ExitOf(err), Elapsed: a.Now().Sub(started)})
	}
	if _, err = r.Open(ctx); err != nil {
		end(err)
		return nil, nil, err
	}
	return r, end, nil
}

// keepJournal opens the run's journal; a run that will change something cannot do without.
func (a *App) keepJournal(r *apply.Runner, at *place) error {
	j, err := apply.OpenJournal(a.journals(), apply.Line{
		What: "run", At: a.Now(), Run: r.Run, Verb: r.Verb, Target: at.Name(), Who: r.Who,
	})
	if err != nil {
		return err
	}
	r.Journal = j
	return nil
}

// RunRequest names a run.
type RunRequest struct {
	Run string
	Where
}

// RunShown is a run's own account.
type RunShown struct {
	Run   string       `json:"run"`
	Lines []apply.Line `json:"lines"`
}

// ShowRun returns the journal of a run that was done on this machine.
func (a *App) ShowRun(_ context.Context, r RunRequest, _ event.Sink) (*RunShown, error) {
	lines, err := apply.ReadJournal(a.journals(), r.Run)
	if err != nil {
		return nil, err
	}
	return &RunShown{Run: r.Run, Lines: lines}, nil
}

// RunResolved says how a run's commit in doubt ended.
type RunResolved struct {
	Run        string            `json:"run"`
	Target     string            `json:"target,omitempty"`
	Resolution *apply.Resolution `json:"resolution,omitempty"` // nil where no commit was in doubt
}

// ResolveRun looks up on the target how a commit ended whose answer was lost.
func (a *App) ResolveRun(ctx context.Context, req RunRequest, s event.Sink) (*RunResolved, error) {
	lines, err := apply.ReadJournal(a.journals(), req.Run)
	if err != nil {
		return nil, err
	}
	open := apply.InDoubt(lines)
	if open == nil {
		return &RunResolved{Run: req.Run}, nil
	}
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	at, err := a.place(ctx, p, req.Where, LinkedByDefault, s)
	if err != nil {
		return nil, err
	}
	if first := lines[0]; first.Target != at.Name() {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "run " + req.Run + " was on " + first.Target + ", not on " + at.Name(),
			Hint:    "name the same database as the run did",
		}
	}
	r := &apply.Runner{Target: at.Target, Options: apply.Defaults(), Run: req.Run, Verb: "run resolve", Who: a.who(), Sink: s}
	if _, err := r.Open(ctx); err != nil {
		return nil, err
	}
	defer r.Close()
	if r.Journal, err = apply.AppendJournal(a.journals(), req.Run); err != nil {
		return nil, err
	}
	defer func() { _ = r.Journal.Close() }()
	resolution, err := r.Resolve(ctx, open)
	if err != nil {
		return nil, err
	}
	return &RunResolved{Run: req.Run, Target: at.Name(), Resolution: resolution}, nil
}
