// Package apply runs migrations on a target (DESIGN §7): each file in one transaction that claims its version first and
// is sealed last, files that cannot be one transaction step by step, a commit that was cut off looked up and never
// guessed. The same machine reverts, seeds, and repairs.
package apply

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target"
)

// oldest and newest are the server majors that cairn is tested on: below is refused, above is told.
const (
	oldest = 14
	newest = 18
)

// Options bound what a run waits for.
type Options struct {
	LockTimeout      time.Duration // a statement's wait for a lock on a table; 0 means no limit
	LockWait         time.Duration // the wait for the migration lock, and for table locks over all tries
	StatementTimeout time.Duration // 0 means no limit
	DoubtWait        time.Duration // how long a commit that was cut off is looked up before the run gives up
	WatchAfter       time.Duration // a statement that takes longer is looked at from a second connection; 0 never
	Delivery         time.Duration // how long a transaction that is sent whole may be on its way: the server refuses a later one
	Chain            bool          // send a file's COMMIT with the next file's BEGIN
}

// Defaults are the options that commands start from.
func Defaults() Options {
	return Options{
		LockTimeout: 2 * time.Second, LockWait: time.Minute, DoubtWait: 30 * time.Second, WatchAfter: 400 * time.Millisecond,
		Delivery: 20 * time.Second,
	}
}

// Runner does one run on one target. Its exported fields are set before Open; it is not safe for concurrent use.
type Runner struct {
	Target    target.Target
	Options   Options
	Run       string   // the run's id, from NewRun
	Verb      string   // "db push"
	Who       string   // user@host
	Journal   *Journal // what was about to be committed; nil keeps none
	Sink      event.Sink
	Emulate   Emulation // on servers of ours; nil elsewhere
	Throwaway bool      // the server goes with the run: what stays of a failed one is not told

	session  target.Session
	history  *history.History // as last read
	stamp    history.Stamp    // of the versions in it, as far as we know
	newest   string           // the last of them
	compared bool             // the history was the one that we know when we last recorded something
	pending  *transaction     // sent but not committed, with Chain
	used     bool             // the session is no longer as it was after connecting
	keeps    bool             // behind a pooler that keeps the session, as was found out because a file needs it
	denied   bool             // this role may not make our tables
	ghosts   []target.Facts   // of sessions that were lost: the server may not have noticed

	told     map[string]bool // notes of the emulation that were told
	supplied map[string]bool // SQL of the emulation that was run for what is missing
	passing  passing         // statements that the emulation passed over

	places source.Places // of the statements that are told of
	quiet  bool          // our own statements run: what the server notes of them is nobody's business

	mu      sync.Mutex // guards Sink and blocker: the watch tells too
	blocker string     // who the last statement waited for
}

// NewRun returns a fresh run id: the moment in UTC and six random characters.
func NewRun(now time.Time) string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return now.UTC().Format("20060102150405") + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:])[:6])
}

// Application is the application_name of a run, by which its sessions are known on the server.
func Application(run string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return "cairn/" + run + "@" + host
}

// Open connects and reads the history. It refuses a server that is too old or cannot be written.
func (r *Runner) Open(ctx context.Context) (*history.History, error) {
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	f := r.session.Facts()
	if f.ReadOnly != "" {
		return nil, diagnose.ReadOnly(f.ReadOnly, r.Target.Name())
	}
	switch major := f.Server / 10000; {
	case major < oldest:
		return nil, &finding.Finding{
			Code: finding.ServerVersion, Severity: finding.Error, Exit: finding.Refused,
			Message: fmt.Sprintf("%s is Postgres %d; cairn needs %d or newer", r.Target.Name(), major, oldest),
			Hint:    "upgrade the server; nothing was changed",
		}
	case major > newest:
		r.found(&finding.Finding{
			Code: finding.ServerVersion, Severity: finding.Warning,
			Message: fmt.Sprintf("%s is Postgres %d, which this cairn was not tested on", r.Target.Name(), major),
		})
	}
	if err := r.reread(ctx); err != nil {
		return nil, err
	}
	return r.history, nil
}

// Read connects and reads the history, for looking only: also on a server that cannot be written.
func (r *Runner) Read(ctx context.Context) (*history.History, error) {
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	if err := r.reread(ctx); err != nil {
		return nil, err
	}
	return r.history, nil
}

// History is the target's history as last read.
func (r *Runner) History() *history.History { return r.history }

// Session is the run's connection, for reading beside a run.
func (r *Runner) Session() target.Session { return r.session }

// Close ends the connection. An open transaction is rolled back by the server.
func (r *Runner) Close() {
	if r.session != nil {
		_ = r.session.Close()
		r.session = nil
	}
}

// Plan compares files with the target's history.
func (r *Runner) Plan(ctx context.Context, local []*migration.Migration, includeAll bool) (*Plan, error) {
	if err := r.history.Fetch(ctx, r.session, Unread(local, r.history)); err != nil {
		return nil, r.explain(err)
	}
	return MakePlan(local, r.history, includeAll)
}

// connect opens a session in place of one that was lost, if there was one.
func (r *Runner) connect(ctx context.Context) error {
	if r.session != nil && !r.session.Facts().Pooled {
		r.ghosts = append(r.ghosts, r.session.Facts())
	}
	r.Close()
	session, err := r.Target.Open(ctx, target.Options{Application: Application(r.Run), Notice: r.notice})
	if err != nil {
		return err
	}
	r.session, r.used = session, false
	if r.keeps {
		_, err = session.Keeps(ctx)
	}
	return err
}

// reread reads the history again.
func (r *Runner) reread(ctx context.Context) error {
	h, err := history.Read(ctx, r.session)
	if err != nil {
		return r.explain(err)
	}
	r.know(h)
	return nil
}

// know takes h for the history as it is.
func (r *Runner) know(h *history.History) {
	r.history, r.stamp, r.newest, r.compared = h, h.Stamp, "", false
	if n := len(h.Rows); n > 0 {
		r.newest = h.Rows[n-1].Version
	}
}

func (r *Runner) notice(n *pgconn.Notice) {
	if r.quiet {
		return
	}
	if r.Emulate != nil {
		if over := r.Emulate.Notice(n); over != nil {
			r.passing.now = over
			return
		}
	}
	r.tell(event.Notice{Severity: n.SeverityUnlocalized, Code: n.Code, Message: n.Message, Detail: n.Detail, Hint: n.Hint})
}

// tell sends an event, from whichever goroutine.
func (r *Runner) tell(e event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w, ok := e.(event.Waiting); ok && w.For == tableLock {
		r.blocker = w.Holder
	}
	r.Sink(e)
}

func (r *Runner) found(f *finding.Finding) { r.tell(event.Found{Finding: f}) }

func (r *Runner) journal(l Line) error {
	if r.Journal == nil {
		return nil
	}
	l.At = time.Now().UTC()
	return r.Journal.Write(l)
}

// settings is the step that sets what bounds the statements behind it, for the transaction or for the session.
func (r *Runner) settings(local bool) target.Step {
	sql := settingsSQL
	if r.session.Facts().Server >= 170000 {
		sql = settings17SQL
	}
	most := r.Options.StatementTimeout
	if limit := statementLimit(r.session.Facts()); limit > 0 && (most == 0 || most > limit) {
		most = limit // the server says that it took too long, before the route leaves that open
	}
	return target.Step{SQL: sql, Ours: true, Args: [][]byte{
		milliseconds(r.Options.LockTimeout), milliseconds(most), target.Text(fmt.Sprint(local)),
	}}
}

// milliseconds writes a timeout for a setting, where 0 means none: what is shorter than one is one.
func milliseconds(d time.Duration) []byte {
	if d > 0 && d < time.Millisecond {
		d = time.Millisecond
	}
	return target.Text(fmt.Sprintf("%dms", d.Milliseconds()))
}

// uuid returns a random version 4 UUID (RFC 9562).
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// lost returns the connection loss in err's chain, or nil.
func lost(err error) *target.LostError {
	l, _ := errors.AsType[*target.LostError](err)
	return l
}

// refused returns the server's refusal in err's chain, or nil.
func refused(err error) *target.StatementError {
	s, _ := errors.AsType[*target.StatementError](err)
	return s
}
