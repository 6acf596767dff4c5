package render

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/event"
)

const (
	redraw    = 50 * time.Millisecond // the progress line changes no faster than this
	heartbeat = 10 * time.Second      // a log that nothing was written to for this long is told that the run lives
)

// Text tells a run to a person: one line that changes and lines that stay on a terminal, lines only elsewhere.
// Its methods may be called from several goroutines.
type Text struct {
	Screen *Screen
	Now    func() time.Time

	mu       sync.Mutex
	stop     chan struct{}
	live     string    // the progress line as it is drawn now; "" where none is
	drawn    time.Time // when something was last written
	quiet    bool      // no progress line: the terminal is the asker's, or the run is over
	question string

	target    string // the last one that was named
	reverts   bool   // the run goes backwards
	watches   bool   // the run is one of many, and one line tells of each file
	phases    []phase
	migration *event.MigrationStarted
	since     time.Time // when the migration started
	statement event.StatementStarted
	waiting   *event.Waiting
}

type phase struct {
	event.PhaseStarted
	since time.Time
}

// Start lets time pass on the progress line until Close.
func (t *Text) Start() {
	stop := make(chan struct{})
	t.stop = stop
	go func() {
		tick := time.NewTicker(2 * redraw)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				t.Tick()
			}
		}
	}()
}

// Close takes the progress line away. What is told afterwards stays.
func (t *Text) Close() {
	if t.stop != nil {
		close(t.stop)
		t.stop = nil
	}
	t.Pause()
}

// Pause takes the progress line away and leaves the screen to somebody else until Resume.
func (t *Text) Pause() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	t.quiet = true
}

// Resume ends a Pause.
func (t *Text) Resume() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.quiet = false
}

// Tick brings the progress line up to date. Start calls it.
func (t *Text) Tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress()
}

// Sink is the event.Sink.
func (t *Text) Sink(e event.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tell(e)
	t.progress()
}

func (t *Text) tell(e event.Event) {
	switch e := e.(type) {
	case event.RunStarted:
		t.reverts, t.watches = strings.HasSuffix(e.Verb, " down"), e.Verb == "watch"
		if e.Target != "" && e.Target != t.target {
			t.target = e.Target
			t.line(Bold, "Target: %s", e.Target)
		}
	case event.PhaseStarted:
		t.phases = append(t.phases, phase{e, t.Now()})
		t.statement = event.StatementStarted{}
	case event.PhaseDone:
		t.phases = slices.DeleteFunc(t.phases, func(p phase) bool { return p.Name == e.Name })
		t.waiting = nil
		if !t.watches {
			t.line(Plain, "%s (%s)", capital(e.Name), Duration(e.Elapsed))
		}
	case event.MigrationStarted:
		t.migration, t.since, t.statement, t.waiting = &e, t.Now(), event.StatementStarted{}, nil
	case event.StatementStarted:
		t.statement, t.waiting = e, nil
	case event.StatementDone:
		t.waiting = nil
	case event.Notice:
		t.notice(e)
	case event.MigrationDone:
		if !t.watches {
			t.migrationDone(e)
		}
		t.migration, t.waiting = nil, nil
	case event.Waiting:
		if !t.Screen.TTY && (t.waiting == nil || t.waiting.For != e.For) {
			t.line(Plain, "%s", capital(waiting(e)))
		}
		t.waiting = &e
	case event.Found:
		t.clear()
		t.Screen.Finding(e.Finding)
	case event.Watched:
		t.watched(e)
	case event.FileWritten:
		t.line(Plain, "Wrote %s", e.Path)
	case event.Asked:
		t.question = e.Question
	case event.Answered:
		if e.By != "terminal" && e.Yes {
			t.line(Plain, "Confirmed by %s: %s", e.By, t.question)
		}
	case event.RunDone:
		t.phases, t.migration, t.waiting = nil, nil, nil
	}
}

// watched tells in one line what became of a watched file.
func (t *Text) watched(e event.Watched) {
	style, word := Yellow, string(e.Outcome)
	switch e.Outcome {
	case event.Applied, event.Confirmed:
		style, word = Green, "applied"
	case event.ByOther:
		style, word = Green, "applied by another run"
	case event.Failed:
		style, word = Red, "does not run"
	case event.Kept:
		word = "not applied"
	case event.Edited:
		word = "edited after it was applied"
	case event.Watching:
		style = Plain
	}
	if e.Target != "" {
		word += " to " + e.Target
	}
	if e.Elapsed > 0 {
		word += " in " + Duration(e.Elapsed)
	}
	if e.Proof > 0 {
		word = "proven in " + Duration(e.Proof) + ", " + word
	}
	file := path.Base(e.File)
	if e.More > 0 {
		file += fmt.Sprintf(" and %d more", e.More)
	}
	t.line(style, "%s %s %s%s", t.Now().Format(time.TimeOnly), file, word, behind(e.Detail))
}

func (t *Text) migrationDone(e event.MigrationDone) {
	file, took := path.Base(e.File), Duration(e.Elapsed)
	_, did := t.words()
	switch e.Outcome {
	case event.ByOther:
		t.line(Yellow, "%s was applied by another run%s", file, behind(e.Detail))
	case event.Confirmed:
		t.line(Yellow, "%s %s (%s): the connection was lost, the commit is confirmed%s", capital(did), file, took, behind(e.Detail))
	case event.Failed:
		t.line(Red, "Failed %s (%s)%s", file, took, behind(e.Detail))
	default:
		t.line(Green, "%s %s (%s)%s", capital(did), file, took, behind(e.Detail))
	}
}

// words are what the run does with the file that it is at, and what it did. A file without a version is a seed or
// roles.sql; where nothing of it runs it is only recorded.
func (t *Text) words() (doing, did string) {
	switch m := t.migration; {
	case t.reverts:
		return "reverting", "reverted"
	case m == nil || m.Version != "":
		return "applying", "applied"
	case m.Statements == 0:
		return "recording", "recorded"
	default:
		return "running", "ran"
	}
}

func behind(detail string) string {
	if detail == "" {
		return ""
	}
	return ": " + detail
}

// notice tells what a server said, in bounds: a server may say anything, and any amount of it.
func (t *Text) notice(n event.Notice) {
	if n.Severity == "NOTICE" && n.Code == "00000" && strings.HasSuffix(n.Message, " does not exist, skipping") {
		return // a DROP … IF EXISTS that had nothing to do, as it is written to
	}
	style := Dim
	if n.Severity == "WARNING" {
		style = Yellow
	}
	t.line(style, "%s (%s): %s", n.Severity, n.Code, clip(n.Message))
	if n.Detail != "" {
		t.line(style, "  DETAIL: %s", clip(n.Detail))
	}
	if n.Hint != "" {
		t.line(style, "  HINT: %s", clip(n.Hint))
	}
}

// clip returns the first 2,000 bytes of s, lines after the first set in.
func clip(s string) string {
	const most = 2000
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.ReplaceAll(s, "\n", "\n  ")
}

// line writes a line that stays.
func (t *Text) line(st Style, format string, args ...any) {
	t.clear()
	t.Screen.Styled(st, format+"\n", args...)
	t.drawn = t.Now()
}

// clear takes the progress line away.
func (t *Text) clear() {
	if t.live != "" {
		t.Screen.write("\r\x1b[K")
		t.live = ""
	}
}

// progress draws what the run is busy with: over the line that is there, or once in a while as a line that stays. It
// is called for every event, so the words are put together only where they are drawn.
func (t *Text) progress() {
	now := t.Now()
	switch {
	case t.quiet || t.idle():
		t.clear()
	case !t.Screen.TTY:
		if t.drawn.IsZero() {
			t.drawn = now
		} else if now.Sub(t.drawn) >= heartbeat {
			t.line(Plain, "  still running: %s", t.busy(now))
		}
	case now.Sub(t.drawn) >= redraw:
		if line := cut(Clean(capital(t.busy(now))), t.Screen.columns()-1); line != t.live {
			t.Screen.write("\r" + line + "\x1b[K")
			t.live, t.drawn = line, now
		}
	}
}

// idle reports whether the run is busy with nothing that would be told.
func (t *Text) idle() bool { return t.waiting == nil && t.migration == nil && len(t.phases) == 0 }

// busy says what the run is busy with, while it is not idle.
func (t *Text) busy(now time.Time) string {
	var what string
	var since time.Time
	switch {
	case t.waiting != nil:
		return waiting(*t.waiting)
	case t.migration != nil:
		m := t.migration
		doing, _ := t.words()
		what = fmt.Sprintf("%s %s (%d/%d)", doing, path.Base(m.File), m.Index, m.Total)
		since = t.since
	default:
		p := t.phases[len(t.phases)-1]
		what, since = p.Name, p.since
		if p.Detail != "" {
			what += " (" + p.Detail + ")"
		}
	}
	if t.statement.Total > 1 {
		what += fmt.Sprintf(", statement %d/%d", t.statement.Index, t.statement.Total)
	}
	if d := now.Sub(since); d >= time.Second {
		what += ", " + seconds(d)
	}
	return what
}

// seconds is Duration for a clock that runs: whole seconds only.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return Duration(d)
}

func waiting(w event.Waiting) string {
	s := "waiting for " + w.For
	if w.Holder != "" {
		s += ", held by " + w.Holder
	}
	if w.Attempt > 0 {
		s += fmt.Sprintf(", try %d", w.Attempt)
	}
	return s
}

// capital returns s with a capital first letter.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
