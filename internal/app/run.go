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

// course is a run that was told of.
type course struct {
	run, verb string
	done      func(error) // tells that it is over; must be called once, with the run's error
}

// tell tells that a verb works on a target from now on: the first thing that is told of any run.
func (a *App) tell(verb, target string, s event.Sink) course {
	started := a.Now()
	run := apply.NewRun(started)
	s(event.RunStarted{Run: run, Verb: verb, Target: target, At: started})
	return course{run, verb, func(err error) {
		s(event.RunDone{Run: run, Exit: ExitOf(err), Elapsed: a.Now().Sub(started)})
	}}
}

// targetFirst keeps findings back until a run has named its target. What is still there at the verb's end, rest tells.
func targetFirst(s event.Sink) (first event.Sink, rest func()) {
	var kept []event.Event
	named := false
	rest = func() {
		for _, e := range kept {
			s(e)
		}
		kept = nil
	}
	return func(e event.Event) {
		switch e.(type) {
		case event.Found:
			if !named {
				kept = append(kept, e)
				return
			}
		case event.RunStarted:
			named = true
		}
		s(e)
		if named {
			rest()
		}
	}, rest
}

// begin opens a run of a verb on a place and tells so. The runner is open; end must be called with the run's error.
func (a *App) begin(ctx context.Context, verb string, at *place, o RunOptions, s event.Sink) (r *apply.Runner, end func(error), err error) {
	t := a.tell(verb, at.Name(), s)
	r, leave, err := a.enter(ctx, t, at, o, s)
	if err != nil {
		t.done(err)
		return nil, nil, err
	}
	return r, func(err error) {
		leave(err)
		t.done(err)
	}, nil
}

// enter opens the runner of a run that was told of; leave must be called with the run's error.
func (a *App) enter(ctx context.Context, t course, at *place, o RunOptions, s event.Sink) (r *apply.Runner, leave func(error), err error) {
	r = &apply.Runner{Target: at.Target, Options: o.options(), Run: t.run, Verb: t.verb, Who: a.who(), Sink: s}
	leave = func(err error) {
		r.Close()
		if r.Journal != nil {
			_ = r.Journal.Write(apply.Line{What: "done", At: a.Now(), Run: r.Run, Exit: int(ExitOf(err))})
			_ = r.Journal.Close()
		}
	}
	if at.ours {
		if r.Emulate, err = emulation(ctx, at.route.URL.Reveal()); err != nil {
			leave(err)
			return nil, nil, err
		}
	}
	if _, err = r.Open(ctx); err == nil {
		err = a.tellVanished(r, at, s)
	}
	if err != nil {
		leave(err)
		return nil, nil, err
	}
	return r, leave, nil
}

// tellVanished tells what was committed on a place and is not there any more.
func (a *App) tellVanished(r *apply.Runner, at *place, s event.Sink) error {
	f, err := apply.Vanished(a.journals(), at.Name(), r.Session().Facts(), r.History())
	if f != nil {
		s(event.Found{Finding: f})
	}
	return err
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
func (a *App) ResolveRun(ctx context.Context, req RunRequest, s event.Sink) (_ *RunResolved, err error) {
	s, rest := targetFirst(s)
	defer rest()
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
	at, err := a.place(ctx, p, req.Where, defaults["run resolve"], s)
	if err != nil {
		return nil, err
	}
	t := a.tell("run resolve", at.Name(), s)
	defer func() { t.done(err) }()
	r := &apply.Runner{Target: at.Target, Options: apply.Defaults(), Run: req.Run, Verb: "run resolve", Who: a.who(), Sink: s}
	if _, err := r.Open(ctx); err != nil {
		return nil, err
	}
	defer r.Close()
	if first := lines[0]; first.Target != at.Name() && !open.IsOf(r.Session().Facts()) {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "run " + req.Run + " was on " + first.Target + ", not on " + at.Name(),
			Hint:    "name the same database as the run did",
		}
	}
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
