// Package route chooses among the ways to one database: it tries them in their order, stays on the first that works,
// and says what it tried.
package route

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/target"
)

// Way is one way to the database.
type Way struct {
	Via string // "direct", "pooler", "api"
	At  string // where it leads, for people: "db.REF.supabase.co:5432"
	// Find makes it ready, where that takes asking somebody. A finding says why it cannot be gone.
	Find func(ctx context.Context) (target.Target, error)
	// Worth says whether it is worth trying after what the way before it failed for; nil is always.
	Worth func(before *finding.Finding) bool
}

// Target is a database that several ways lead to.
type Target struct {
	Label string
	Ways  []Way
	Ready func(ctx context.Context) error // asked once before the first way is tried; may refuse all. nil asks nobody
	Tell  func(*finding.Finding)          // told which way was taken, where it is not the first

	mu    sync.Mutex
	taken target.Target
	via   string
}

// Name returns the label.
func (t *Target) Name() string { return t.Label }

// Local is false: what has several ways to it is elsewhere.
func (t *Target) Local() bool { return false }

// Open connects on the way that was taken before, or else on the first that works. After a failed authentication no
// other is tried: the same password would only fail again, and whoever repeats that is banned.
func (t *Target) Open(ctx context.Context, opt target.Options) (target.Session, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken != nil {
		return t.taken.Open(ctx, opt)
	}
	if t.Ready != nil {
		if err := t.Ready(ctx); err != nil {
			return nil, err
		}
	}
	var tried []string
	var last *finding.Finding // why the way before was not taken
	for _, w := range t.Ways {
		if w.Worth != nil && last != nil && !w.Worth(last) {
			continue
		}
		session, to, err := w.open(ctx, opt)
		if err == nil {
			t.taken, t.via = to, w.Via
			t.tell(w, tried)
			return session, nil
		}
		if ctx.Err() != nil || errors.Is(err, context.Canceled) {
			return nil, err
		}
		f := finding.As(err)
		if f == nil {
			return nil, err
		}
		if len(t.Ways) == 1 || f.Exit == finding.Refused {
			return nil, f
		}
		tried, last = append(tried, w.Via+" ("+w.At+"): "+f.Message), f
		if f.Code == finding.AuthFailed || diagnose.Rejected(err) {
			out := *f
			out.Detail = join(tried, "No other way was tried: after a refused login that would only lead to a ban.", f.Detail)
			return nil, &out
		}
	}
	if last == nil {
		return nil, &finding.Finding{
			Code: finding.Unreached, Severity: finding.Error, Exit: finding.Unreachable, Message: "no way to " + t.Label + " is known",
		}
	}
	if len(tried) == 1 {
		return nil, last
	}
	return nil, &finding.Finding{
		Code: finding.Unreached, Severity: finding.Error, Exit: finding.Unreachable, Cause: last,
		Message: "no way leads to " + t.Label, Detail: join(tried, "", ""), Hint: last.Hint,
	}
}

func (w Way) open(ctx context.Context, opt target.Options) (target.Session, target.Target, error) {
	to, err := w.Find(ctx)
	if err != nil {
		return nil, nil, err
	}
	session, err := to.Open(ctx, opt)
	return session, to, err
}

// Taken returns the way that was taken, once a session was open; nil before.
func (t *Target) Taken() (to target.Target, via string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken, t.via
}

func (t *Target) tell(w Way, tried []string) {
	if t.Tell == nil || len(tried) == 0 {
		return
	}
	t.Tell(&finding.Finding{
		Code: finding.RouteTaken, Severity: finding.Note,
		Message: fmt.Sprintf("%s is reached by the route %s (%s)", t.Label, w.Via, w.At),
		Detail:  join(append([]string{"tried before:"}, tried...), "", ""), Hint: t.shortcut(w),
	})
}

// shortcut says how a way is taken without trying those before it.
func (t *Target) shortcut(w Way) string {
	if i := slices.IndexFunc(t.Ways, func(other Way) bool { return other.Via == w.Via }); t.Ways[i].At != w.At {
		return ""
	}
	return "--via " + w.Via + " goes there at once"
}

func join(lines []string, more ...string) string {
	for _, text := range more {
		if text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\n")
}
