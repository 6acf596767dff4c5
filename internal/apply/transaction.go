package apply

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// committed is the command tag of a COMMIT that committed; in a failed transaction the server answers ROLLBACK.
const committed = "COMMIT"

// errMoved says that the history is no longer the one the plan was made from: another run was faster.
var errMoved = errors.New("the history has moved")

// stage says what a step of a transaction is for.
type stage int

const (
	opening   stage = iota // BEGIN and settings
	locking                // the migration lock
	recording              // the history
	running                // a statement of the file
	cleaning               // role and settings back to the session's own
	finishing              // the history, where it is written last
	sealing                // the seal
)

// place is what a step of a transaction stands for.
type place struct {
	stage           stage
	part, statement int
	replaced        bool             // the emulation sent something else
	note            *finding.Finding // what is told of that once it ran
}

// part is one file's share of a transaction.
type part struct {
	version string
	file    string
	index   int // of the file in the run, from 1
	total   int
	offset  int                                             // statements of the file that ran before this transaction
	of      int                                             // statements of the file
	record  func(claimed func(history.Claim)) []target.Step // before the statements
	run     []migration.Statement
	finish  []target.Step // after them
	hash    int64         // the version's share of the history's stamp, as the server gave it
}

// transaction is one transaction on its way.
type transaction struct {
	mode    string // of BEGIN
	fresh   bool   // begins with a session as it was after connecting
	held    bool   // the session holds the migration lock already
	parts   []part
	seal    string // "" where our tables are not there
	sealed  history.Sealed
	action  string // for the journal: "apply", "revert", "seed"
	version string
	step    int                                                // for the journal, from 1 in a migration of several units
	settled func(ctx context.Context) (bool, error)            // whether its effect is there, read under the migration lock
	done    func(outcome event.Outcome, elapsed time.Duration) // called once it is known to be committed
	ready   func() error                                       // called before the commit is sent, unless nil

	xid, pid string // as the server gave them, after the first part was recorded
	began    time.Time
	refusal  *pgconn.PgError // of a statement of the file, in the last try
}

// head opens the transaction and takes the lock; body is everything after it, with what each step stands for.
func (r *Runner) head(tx *transaction) (target.Segment, []place) {
	mode := tx.mode
	if mode == "" {
		mode = "isolation level read committed"
	}
	steps := target.Segment{{SQL: "begin " + mode, Ours: true}}
	if snapshot.MatchString(mode) && r.history.Own && !tx.held {
		steps = append(steps, target.Step{SQL: stillSQL})
	}
	if tx.held {
		steps = append(steps, target.Step{SQL: lockHeldSQL, Ours: true})
	}
	// Also where the session holds the lock: a file may give back all that its session holds, but not this one.
	steps = append(steps, r.settings(true), target.Step{SQL: lockSQL, Ours: true})
	places := make([]place, len(steps))
	for i := range places {
		places[i].stage = opening
	}
	return steps, places
}

// snapshot finds the modes of BEGIN in which all statements see what was there at the first.
var snapshot = regexp.MustCompile(`(?i)repeatable|serializable`)

// stillSQL keeps the history still before a transaction takes its one snapshot: otherwise the snapshot would be older than
// the migration lock, and show a history that another run has moved (Postgres docs, LOCK). It never waits.
const stillSQL = "lock table supabase_migrations.schema_migrations in share row exclusive mode nowait"

func (r *Runner) body(tx *transaction) (target.Segment, []place) {
	var steps target.Segment
	var places []place
	add := func(at place, some ...target.Step) {
		for _, s := range some {
			steps, places = append(steps, s), append(places, at)
		}
	}
	for i, p := range tx.parts {
		if i > 0 {
			// The next file must not see what the last one left behind.
			add(place{stage: cleaning, part: i}, target.Step{SQL: "reset all", Ours: true}, r.settings(true))
		}
		claimed := func(c history.Claim) { tx.xid, tx.pid, tx.parts[i].hash = c.XID, c.PID, c.Hash }
		record := p.record(claimed)
		record[len(record)-1].Live = true // that the file begins is told before its first statement is through
		add(place{stage: recording, part: i}, record...)
		for j, s := range p.run {
			sent, replaced, note := r.emulated(s)
			add(place{stage: running, part: i, statement: j, replaced: replaced, note: note}, sent)
		}
		add(place{stage: cleaning, part: i},
			target.Step{SQL: "reset session authorization", Ours: true}, target.Step{SQL: "reset role", Ours: true})
		if slices.ContainsFunc(p.run, migration.Statement.SetsSession) {
			add(place{stage: cleaning, part: i}, r.settings(true)) // the file's timeouts are for the file
		}
		add(place{stage: finishing, part: i}, p.finish...)
	}
	if tx.seal != "" {
		add(place{stage: sealing, part: len(tx.parts) - 1}, history.Seal(tx.sealed, tx.seal, r.session.Facts().User, tx.version))
	} else {
		add(place{stage: sealing, part: len(tx.parts) - 1}, r.sameTransaction(tx))
	}
	if tx.held {
		add(place{stage: sealing, part: len(tx.parts) - 1}, target.Step{SQL: lockSessionSQL, Ours: true})
	}
	return steps, places
}

// sameTransaction stands in for the seal where our tables could not be made: it notes whether the transaction that
// recorded the version is still the one that is open.
func (r *Runner) sameTransaction(tx *transaction) target.Step {
	return history.Identify(func(c history.Claim) {
		if c.XID != tx.xid {
			tx.xid = "" // commit refuses a transaction without one
		}
	})
}

func step(s migration.Statement) target.Step {
	st := target.Step{SQL: s.Text(), Live: true}
	if s.Copy != nil {
		data := s.Copy.Text()
		st.Copy = &data
	}
	return st
}

// run sends a transaction and commits it, trying again where that is safe: a lock that was not free, a deadlock, a
// connection lost before the commit. With Chain and more to come the commit waits for the next transaction.
func (r *Runner) run(ctx context.Context, tx *transaction, last bool) error {
	tries := retries{runner: r, until: time.Now().Add(r.Options.LockWait)}
	for {
		err := r.send(ctx, tx)
		if err == nil && (tx.xid == "" || r.session.Status() != 'T') {
			err = r.sealBroken(tx, nil)
		}
		if err == nil {
			if r.Options.Chain && !last && !tx.held {
				if err := r.announce(tx); err != nil {
					return err
				}
				r.pending = tx
				return nil
			}
			err = r.commit(ctx, tx)
		}
		if err == nil {
			return nil
		}
		again, err := tries.again(ctx, tx, err)
		if !again {
			return err
		}
	}
}

// send runs everything of a transaction but its COMMIT.
func (r *Runner) send(ctx context.Context, tx *transaction) error {
	tx.began, tx.xid, tx.refusal = time.Now(), "", nil
	r.passing = passing{}
	r.forgetBlocker()
	before := r.before(tx)
	r.used = true
	head, headPlaces := r.head(tx)
	body, bodyPlaces := r.body(tx)
	defer r.watch(ctx)()

	at, places := len(before), append(headPlaces, bodyPlaces...)
	segments := append(before, append(head, body...))
	err := r.session.Exec(ctx, segments, func(res target.Result) {
		if res.Segment == 0 && r.pending != nil && res.Tag == committed {
			r.settle(r.pending, event.Applied)
			r.pending = nil
		}
		if res.Segment == at {
			r.progress(tx, places, res)
		}
	})
	if earlier := r.pending; earlier != nil {
		r.pending = nil
		if err := r.again(ctx, earlier, err); err != nil {
			return err
		}
		return r.send(ctx, tx)
	}
	if lockTaken(err) && tx.held {
		return errMoved
	}
	if lockTaken(err) {
		if err := r.awaitLock(ctx, head, r.Options.LockWait); err != nil {
			return err
		}
		at, places = 0, bodyPlaces
		err = r.session.Exec(ctx, []target.Segment{body}, func(res target.Result) { r.progress(tx, places, res) })
	}
	if s := refused(err); s != nil {
		switch {
		case s.Forgotten:
			return s
		case s.Segment != at:
			return r.explain(err)
		}
		return r.judge(tx, places[s.Step], s)
	}
	return err
}

// again settles an earlier transaction whose commit, sent along with the next one, was answered by err. Rolled back it
// runs once more, alone; what keeps it from committing then is not for the next transaction to try again.
func (r *Runner) again(ctx context.Context, earlier *transaction, err error) error {
	failure := r.recover(ctx, earlier, err)
	if failure != nil && (errors.Is(failure, errAborted) || refused(failure) != nil) {
		r.rollback()
		failure = r.run(ctx, earlier, true)
	}
	if failure != nil {
		return &decided{failure}
	}
	return nil
}

// decided is an error that no further try can change.
type decided struct{ error }

func (e *decided) Unwrap() error { return e.error }

// before is what goes ahead of a transaction in the same write: the commit of the one before (with Chain), or the end
// of a failed one; then the session is made as it was after connecting, which poolers do themselves.
func (r *Runner) before(tx *transaction) []target.Segment {
	var segments []target.Segment
	switch {
	case r.pending != nil:
		segments = append(segments, target.Segment{{SQL: "commit", Ours: true}})
	case r.session.Status() != 'I':
		segments = append(segments, target.Segment{{SQL: "rollback"}})
	}
	if tx.fresh {
		segments = append(segments, r.fresh()...)
	}
	return segments
}

// fresh makes the session as it was after connecting, where a file has run in it since.
func (r *Runner) fresh() []target.Segment {
	if steps := r.session.Fresh(); r.used && len(steps) > 0 {
		return []target.Segment{steps}
	}
	return nil
}

// progress turns a step's result into events.
func (r *Runner) progress(tx *transaction, places []place, res target.Result) {
	at := places[res.Step]
	p := tx.parts[at.part]
	switch {
	case at.stage == recording && p.offset == 0 && (res.Step == 0 || places[res.Step-1].stage != recording):
		r.tell(event.MigrationStarted{Version: p.version, File: p.file, Index: p.index, Total: p.total, Statements: p.of})
		r.started(p, 0)
	case at.stage == sealing && tx.seal != "" && places[res.Step-1].stage != sealing && res.Tag != history.Closed:
		tx.xid = "" // commit refuses a transaction without one
	case at.stage == running:
		r.tell(event.StatementDone{Version: p.version, Index: p.offset + at.statement + 1, Total: p.of, Tag: res.Tag})
		if !r.passing.ran(p.run[at.statement]) {
			r.noted(at.note)
		}
		r.started(p, at.statement+1)
	case at.stage == cleaning:
		for _, f := range r.passing.told() {
			r.noted(f)
		}
	}
}

func (r *Runner) started(p part, statement int) {
	if statement < len(p.run) {
		r.tell(event.StatementStarted{
			Version: p.version, Index: p.offset + statement + 1, Total: p.of, At: r.places.String(p.run[statement].Span),
		})
	}
}

// rollback ends a transaction that is open or failed; the server does it alone where the connection is gone.
func (r *Runner) rollback() {
	if r.session == nil || r.session.Status() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = target.One(ctx, r.session, target.Step{SQL: "rollback"})
}

// sealBroken is the finding for a file that ended its own transaction.
func (r *Runner) sealBroken(tx *transaction, cause error) error {
	return &finding.Finding{
		Code: finding.SealBroken, Severity: finding.Error, Exit: finding.Failed,
		Message: fmt.Sprintf("%s ended its own transaction, or left it failed", tx.parts[len(tx.parts)-1].file),
		Hint:    "take COMMIT and ROLLBACK out of functions and DO blocks that a migration calls",
		Cause:   cause,
	}
}
