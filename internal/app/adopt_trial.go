package app

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/scaffold"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// trial runs files on a throwaway server, as a push would run them, to see which Postgres takes.
type trial struct {
	app     *App
	project *project.Project
	sink    event.Sink
	roles   *apply.Script // roles.sql, or nil

	shadow  *shadow.Shadow
	session target.Session
	emulate apply.Emulation
	helped  map[string]bool // what emulate made on this shadow
	skipped []string        // what the last file passed over with IF EXISTS
}

// failure is a file that Postgres did not take, and why.
type failure struct {
	file   *migration.Migration
	at     migration.Statement // that failed
	pg     *pgconn.PgError     // nil where Postgres took it, and too early
	partly bool                // something of the file stayed
	early  *early
}

// early is what a file passed over with IF EXISTS because the file that makes it had not run.
type early struct {
	name  string
	maker *migration.Migration
}

// trialDatabase is the database that files run in.
const trialDatabase = "adopt"

// find looks for an order in which all files run: it goes through them as they are sorted, keeps what Postgres takes,
// and begins again with the rest until nothing is left or nothing of it runs. The error is the finding about the first
// file that runs in no order; those about the others are told.
func (t *trial) find(ctx context.Context, existing, files []*migration.Migration) ([]*migration.Migration, error) {
	defer t.phase("find an order", count(len(files), "file"))()
	if f, err := t.start(ctx, existing); err != nil || f != nil {
		return nil, cannotStart(f, err)
	}
	var order []*migration.Migration
	hasty := map[*migration.Migration]*early{} // files that may pass over what is not there
	rest := files
	for len(rest) > 0 {
		var failures []*failure
		for _, m := range rest {
			f, err := t.try(ctx, m)
			if err != nil {
				return nil, err
			}
			if f == nil && hasty[m] == nil {
				f = t.tooEarly(m, order, files)
			}
			if f == nil {
				order = append(order, m)
				continue
			}
			failures = append(failures, f)
			if f.partly {
				// What it left behind, roles of the server too, would stand in the way of the others.
				if again, err := t.start(ctx, existing, order); err != nil || again != nil {
					return nil, cannotStart(again, err)
				}
			}
		}
		if len(failures) == len(rest) {
			i := slices.IndexFunc(failures, func(f *failure) bool { return f.early != nil })
			if i < 0 {
				return nil, tellFindings(noOrder(failures, order), t.sink)
			}
			hasty[failures[i].file] = failures[i].early
		}
		rest = rest[:0:0]
		for _, f := range failures {
			rest = append(rest, f.file)
		}
	}
	for i, m := range order {
		if e := hasty[m]; e != nil && slices.Index(order, e.maker) > i {
			t.sink(event.Found{Finding: passedOver(m, e)})
		}
	}
	return order, nil
}

// tooEarly returns a failure where a file that just ran passed over something that another file is still to make.
func (t *trial) tooEarly(m *migration.Migration, order, files []*migration.Migration) *failure {
	for _, name := range t.skipped {
		for _, other := range files {
			if other != m && !slices.Contains(order, other) && slices.Contains(made(other.File.Text), name) {
				return &failure{file: m, partly: true, early: &early{name, other}}
			}
		}
	}
	return nil
}

// prove runs the existing migrations and the adopted files on a fresh server in the order of their versions to be.
func (t *trial) prove(ctx context.Context, existing, order []*migration.Migration, plan []scaffold.Adoption) error {
	defer t.phase("prove the order", count(len(order), "file"))()
	versions := map[*migration.Migration]string{}
	for _, m := range existing {
		versions[m] = m.Version
	}
	for i, m := range order {
		versions[m] = plan[i].Version
	}
	all := slices.Concat(existing, order)
	slices.SortStableFunc(all, func(x, y *migration.Migration) int { return strings.Compare(versions[x], versions[y]) })
	failed, err := t.start(ctx, all)
	if failed == nil {
		return err
	}
	f := failed.finding()
	f.Code, f.Exit = finding.NoOrder, finding.Usage
	f.Message = failed.file.File.Name + " runs in the order that was found, but not as version " + versions[failed.file] + ": " + f.Message
	f.Hint = paragraphs("versions run in the order of their text: see which migrations have larger ones", f.Hint)
	return f
}

// phase tells that something begins, and returns what tells that it is over.
func (t *trial) phase(name, detail string) func() {
	began := t.app.Now()
	t.sink(event.PhaseStarted{Name: name, Detail: detail})
	return func() { t.sink(event.PhaseDone{Name: name, Elapsed: t.app.Now().Sub(began)}) }
}

// start makes a fresh server and runs files on it, up to the first that fails.
func (t *trial) start(ctx context.Context, lists ...[]*migration.Migration) (_ *failure, err error) {
	t.close()
	if t.shadow, err = t.app.shadow(ctx, t.project, t.sink); err != nil {
		return nil, err
	}
	if err := t.shadow.Clone(ctx, trialDatabase); err != nil {
		return nil, err
	}
	url := t.shadow.URL(trialDatabase, platform.Owner)
	if t.emulate, err = emulation(ctx, url); err != nil {
		return nil, err
	}
	t.helped = map[string]bool{}
	to := &direct.Target{URL: secret.New(url), Label: "the shadow", IsLocal: true}
	if t.session, err = to.Open(ctx, target.Options{Application: "cairn adopt", Notice: t.notice}); err != nil {
		return nil, err
	}
	if t.roles != nil {
		lists = append([][]*migration.Migration{{t.roles.File}}, lists...)
	}
	for _, m := range slices.Concat(lists...) {
		if f, err := t.try(ctx, m); f != nil || err != nil {
			return f, err
		}
	}
	return nil, nil
}

// skips finds what Postgres tells of with IF EXISTS: a whole object that a statement was about.
var skips = regexp.MustCompile(`^(?:relation|table|view|materialized view|foreign table|sequence|type|function|schema) .* does not exist, skipping$`)

func (t *trial) notice(n *pgconn.Notice) {
	if skips.MatchString(n.Message) {
		t.skipped = append(t.skipped, named(notThere, n.Message))
	}
}

func (t *trial) close() {
	if t.session != nil {
		_ = t.session.Close()
		t.session = nil
	}
	if t.shadow != nil {
		t.shadow.Close()
		t.shadow = nil
	}
}

// try runs a file, unit by unit. The error is about the machine and not about the file.
func (t *trial) try(ctx context.Context, m *migration.Migration) (*failure, error) {
	t.skipped = nil
	if err := t.exec(ctx, m, target.Segment{{SQL: "discard all"}}); err != nil {
		return nil, err
	}
	for i, u := range m.Units {
		var steps target.Segment
		for _, st := range u.Statements {
			step := target.Step{SQL: st.Text()}
			if sql, _ := t.emulate.Statement(st); sql != "" {
				step.SQL = sql
			}
			if st.Copy != nil {
				data := st.Copy.Text()
				step.Copy = &data
			}
			steps = append(steps, step)
		}
		ahead := 0
		if !u.Alone {
			ahead = 1
			steps = slices.Concat(target.Segment{{SQL: "begin " + u.Mode}}, steps,
				target.Segment{{SQL: "reset session authorization"}, {SQL: "reset role"}, {SQL: "commit"}})
		}
		err := t.exec(ctx, m, steps)
		if refused, ok := errors.AsType[*target.StatementError](err); ok {
			if t.session.Status() != 'I' {
				if err := t.exec(ctx, m, target.Segment{{SQL: "rollback"}}); err != nil {
					return nil, err
				}
			}
			if help, _ := t.emulate.Missing(refused.PG); help != "" && !t.helped[help] && i == 0 {
				t.helped[help] = true
				if err := t.exec(ctx, m, target.Segment{{SQL: help}}); err != nil {
					return nil, err
				}
				return t.try(ctx, m)
			}
			// What fails at the end, a deferred constraint, is put down to the last statement.
			n := min(max(refused.Step-ahead, 0), len(u.Statements)-1)
			return &failure{file: m, at: u.Statements[n], pg: refused.PG, partly: i > 0 || u.Alone}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// exec runs steps. Its errors are those of the server about a step, an interruption, or a finding.
func (t *trial) exec(ctx context.Context, m *migration.Migration, steps target.Segment) error {
	err := t.session.Exec(ctx, []target.Segment{steps}, nil)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if lost, ok := errors.AsType[*target.LostError](err); ok {
		return &finding.Finding{
			Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Failed, At: m.File.Span(0, 0), Cause: err,
			Message: "the shadow went away while " + m.File.Name + " ran on it", Detail: lost.Err.Error(),
			Hint: "look in the file for what ends sessions or crashes the server",
		}
	}
	return err
}

// finding says why the file failed.
func (f *failure) finding() *finding.Finding { return diagnose.Statement(f.pg, f.at.Span) }

// cannotStart is the finding for a project whose own migrations do not run.
func cannotStart(f *failure, err error) error {
	if f == nil {
		return err
	}
	told := f.finding()
	told.Hint = paragraphs(told.Hint, "this file is a migration already, and runs before what is adopted; "+
		"to find an order for it as well, move it into the folder with the others")
	return told
}
