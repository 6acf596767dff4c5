package apply

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/target"
)

// watchInterval is how often a long statement is looked at.
const watchInterval = 500 * time.Millisecond

// watch looks from the side at a statement that takes long, and tells who it waits for. stop ends it. Behind a
// transaction pooler the server process is not known, and nothing is watched.
func (r *Runner) watch(ctx context.Context) (stop func()) {
	facts := r.session.Facts()
	if facts.Pooled || r.Options.WatchAfter == 0 {
		return func() {}
	}
	after := r.Options.WatchAfter
	if r.Options.LockTimeout > 0 {
		after = min(after, r.Options.LockTimeout/2) // later the wait is over, and nobody knows for whom it was
	}
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	timer := time.AfterFunc(after, func() {
		defer close(over)
		r.tellBlockers(ctx, facts.PID)
	})
	return func() {
		cancel()
		if !timer.Stop() {
			<-over
		}
	}
}

// tellBlockers tells who a server process waits for, until ctx ends. It is a help: the run goes on where it fails.
func (r *Runner) tellBlockers(ctx context.Context, pid uint32) {
	side, err := r.Target.Open(ctx, target.Options{Application: Application(r.Run) + " watch"})
	if err != nil {
		return
	}
	defer func() { _ = side.Close() }()
	told := ""
	for {
		rows, err := target.Rows(ctx, side, blockersSQL, target.Text(strconv.FormatUint(uint64(pid), 10)))
		if err != nil {
			return
		}
		if len(rows) > 0 {
			holder := string(rows[0][0])
			if who, _, _ := strings.Cut(holder, " ("); who != told {
				told = who
				r.tell(event.Waiting{For: tableLock, Holder: holder})
			}
		}
		if pause.For(ctx, watchInterval) != nil {
			return
		}
	}
}

// patience is a context for a commit. It may take any time while the server works on it; once it has taken longer than
// a doubt is looked up for, the server is asked from the side whether it still does. Behind a pooler nobody can tell.
func (r *Runner) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	facts := r.session.Facts()
	timer := time.AfterFunc(r.Options.DoubtWait, func() {
		for !facts.Pooled && r.working(ctx, facts) && pause.For(ctx, r.Options.DoubtWait) == nil {
		}
		cancel()
	})
	return ctx, func() {
		timer.Stop()
		cancel()
	}
}

// working reports whether the server process of a session is busy.
func (r *Runner) working(ctx context.Context, facts target.Facts) bool {
	ctx, cancel := context.WithTimeout(ctx, r.Options.DoubtWait)
	defer cancel()
	side, err := r.Target.Open(ctx, target.Options{Application: Application(r.Run) + " watch"})
	if err != nil {
		return false
	}
	defer func() { _ = side.Close() }()
	rows, err := target.Rows(ctx, side, workingSQL,
		target.Text(strconv.FormatUint(uint64(facts.PID), 10)), target.Text(facts.Started))
	return err == nil && len(rows) == 1 && string(rows[0][0]) == "true"
}

func (r *Runner) forgetBlocker() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocker = ""
}

// blockedBy names who the last long statement waited for, or "".
func (r *Runner) blockedBy() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.blocker
}
