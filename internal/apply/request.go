package apply

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target"
)

// statementLimit is the most that a statement may take on a route that gives up waiting; 0 is any time.
func statementLimit(f target.Facts) time.Duration {
	if !f.Whole || f.Limit == 0 {
		return 0
	}
	return f.Limit - f.Limit/12
}

// errLate says that the server refused a request because it came too late.
var errLate = errors.New("the request came too late")

// atOnce is run where a transaction is sent as a whole, its COMMIT included. What must hold for the commit, the server
// sees to: the seal, and the lock. An answer that is lost is looked up; it is never sent again for that.
func (r *Runner) atOnce(ctx context.Context, tx *transaction, tries *retries) error {
	for late := 0; ; {
		err := r.request(ctx, tx)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errLate) && late < maxLosses:
			late++ // it waited for its turn too long, and was answered: nothing of it has run
			continue
		case errors.Is(err, errAborted), errors.Is(err, errLate):
			return r.neverRan(tx)
		}
		again, err := tries.again(ctx, tx, err)
		if !again {
			return err
		}
	}
}

// request sends a transaction and says what became of it.
func (r *Runner) request(ctx context.Context, tx *transaction) error {
	tx.began, tx.xid, tx.refusal = time.Now(), "", nil
	facts := r.session.Facts()
	tx.expires = time.Now().Add(facts.Skew + r.Options.Delivery)
	head, places := r.head(tx)
	body, bodyPlaces := r.body(tx)
	steps := append(slices.Clone(head), target.Step{SQL: expiresSQL, Args: [][]byte{moment(tx.expires)}})
	places = append(append(places, place{stage: opening}), bodyPlaces...)
	steps = append(append(steps, body...), target.Step{SQL: "commit", Ours: true})
	places = append(places, place{stage: sealing, part: len(tx.parts) - 1})
	if err := r.journal(Line{What: "committing", Run: r.Run, Action: tx.action, Version: tx.version, Step: tx.step, Expires: tx.expires.UTC()}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	for _, p := range tx.parts {
		if p.offset == 0 {
			r.tell(event.MigrationStarted{Version: p.version, File: p.file, Index: p.index, Total: p.total, Statements: p.of})
		}
	}
	// From here on an interruption would only leave a doubt.
	err := r.session.Exec(context.WithoutCancel(ctx), []target.Segment{steps}, func(res target.Result) {
		if res.Step < len(places) && places[res.Step].stage != recording {
			r.progress(tx, places, res)
		}
	})
	if err == nil {
		r.settle(tx, event.Applied)
		if tx.ready != nil {
			return tx.ready()
		}
		return nil
	}
	s := refused(err)
	if s == nil {
		if err = r.recover(ctx, tx, err); err == nil && tx.ready != nil {
			return tx.ready()
		}
		return err
	}
	_ = r.journal(Line{What: "aborted", Run: r.Run, Version: tx.version, Step: tx.step})
	if lockTaken(err) {
		if err := r.awaitLock(ctx, append(slices.Clone(head), target.Step{SQL: "commit"}), r.Options.LockWait); err != nil {
			return err
		}
		return r.request(ctx, tx)
	}
	return r.judgeRequest(tx, places, s)
}

// judgeRequest turns a refusal into what it means. Which step it was is known only where the server names a place.
func (r *Runner) judgeRequest(tx *transaction, places []place, s *target.StatementError) error {
	mentioned := s.PG.Message + s.PG.Where
	ours := strings.Contains(mentioned, "supabase_migrations.") || strings.Contains(mentioned, "cairn: ")
	switch {
	case tooLate(s):
		return errLate
	case s.Step >= 0 && s.Step < len(places):
		return r.slow(r.judge(tx, places[s.Step], s))
	case moved(s.PG):
		return errMoved
	case s.PG.Code == foreignKey && strings.Contains(s.PG.Message, "cairn_file_must_not_commit"):
		return r.sealBroken(tx, s)
	case ours:
		return r.explain(s)
	}
	tx.refusal = s.PG
	var run []migration.Statement
	for _, p := range tx.parts {
		run = append(run, p.run...)
	}
	if len(run) == 0 {
		return r.explain(s)
	}
	if len(run) == 1 {
		return r.slow(diagnosed(s, run[0], false))
	}
	f := *finding.As(diagnosed(s, run[0], false))
	f.At = run[0].File.Span(0, 0)
	f.Detail = strings.TrimPrefix(fmt.Sprintf("%s\nThe Management API does not say which of the %d statements it was.", f.Detail, len(run)), "\n")
	return r.slow(&f)
}

// slow adds the way out to a statement that took longer than the route waits.
func (r *Runner) slow(err error) error {
	f := finding.As(err)
	if f == nil || f.Code != finding.Postgres("57014") {
		return err
	}
	out := *f
	out.Code = finding.NeedsTime
	out.Hint = fmt.Sprintf("a request over the Management API has %s: run this with --via direct or --via pooler, where a statement may take any time; nothing of it was kept",
		r.session.Facts().Limit)
	return &out
}

// outcomeOfRequest finds out whether a request was done whose answer was lost. It may still be on its way, or under
// way: so the record is read, and where it is not there, that counts only once the lock was had after the moment from
// which on the server refuses the request.
func (r *Runner) outcomeOfRequest(ctx context.Context, tx *transaction) (bool, error) {
	until := time.Now().Add(r.Options.DoubtWait + r.Options.Delivery + r.session.Facts().Limit)
	for n := 1; ; n++ {
		over, err := r.expired(ctx, tx)
		if err == nil {
			head, _ := r.head(&transaction{})
			head = append(slices.Clone(head), target.Step{SQL: "commit"})
			if err = r.session.Exec(ctx, []target.Segment{head}, nil); lockTaken(err) {
				err = r.awaitLock(ctx, head, time.Until(until))
			}
		}
		if err != nil {
			return false, err
		}
		done, err := tx.settled(ctx)
		if err != nil || done || over {
			return done, err
		}
		if time.Now().After(until) {
			return false, errors.New("the server's clock stands still")
		}
		if err := pause.For(ctx, backoff(n)); err != nil {
			return false, err
		}
	}
}

// expired reports whether the server would refuse the request by now.
func (r *Runner) expired(ctx context.Context, tx *transaction) (bool, error) {
	if tx.expires.IsZero() {
		return true, nil
	}
	rows, err := target.Rows(ctx, r.session, clockSQL, moment(tx.expires))
	return err == nil && len(rows) == 1 && string(rows[0][0]) == "true", err
}

func moment(t time.Time) []byte { return target.Text(t.UTC().Format(time.RFC3339Nano)) }

// neverRan is the finding for a request that is known not to have been done.
func (r *Runner) neverRan(tx *transaction) error {
	return &finding.Finding{
		Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable,
		Message: "no answer came for " + tx.version + ", and it did not run",
		Detail:  "the history was asked, after the moment from which on the server refuses that request",
		Hint:    "run the command again",
	}
}

// timed finds a file's own limit for its statements.
var timed = regexp.MustCompile(`(?i)^\s*set\s+local\s+statement_timeout\s*(?:=|\s+to\s+)\s*'?\s*(\d+)\s*(us|ms|s|min|h|d)?\s*'?\s*;?\s*$`)

// inTime refuses a file that asks for more time than the route gives.
func (r *Runner) inTime(m *migration.Migration) error {
	limit := r.session.Facts().Limit
	if limit == 0 {
		return nil
	}
	for _, s := range m.Statements() {
		found := timed.FindStringSubmatch(s.Text())
		if found == nil {
			continue
		}
		unit := map[string]string{"": "ms", "min": "m", "d": "h"}[strings.ToLower(found[2])]
		if unit == "" {
			unit = strings.ToLower(found[2])
		}
		wants, err := time.ParseDuration(found[1] + unit)
		if err != nil || strings.EqualFold(found[2], "d") {
			wants *= 24
		}
		if wants == 0 || wants > limit {
			return needsTime(s.Span, r.Target.Name(), limit)
		}
	}
	return nil
}

func needsTime(at source.Span, name string, limit time.Duration) error {
	return &finding.Finding{
		Code: finding.NeedsTime, Severity: finding.Error, Exit: finding.Refused, At: at,
		Message: fmt.Sprintf("this file asks for more time than a request to %s has (%s)", name, limit),
		Hint:    "run it with --via direct or --via pooler, where a statement may take any time; nothing of this file was run",
	}
}

// tooLate reports whether the server refused a request because it came too late.
func tooLate(s *target.StatementError) bool {
	return s.PG.Code == invalidText && strings.Contains(s.PG.Message, "cairn: this request came too late")
}
