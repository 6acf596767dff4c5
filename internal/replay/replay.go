// Package replay runs a history of migrations on a shadow from its first file to its last, and says of each that does
// not run why: what it lacks was never made, is made later, was dropped or renamed, is there twice, or has another form
// because a guard passed over it. Files that fail only because an earlier one did are counted with that one's cause.
package replay

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// Replay is one run of a history. Shadow, Sink and Files must be set; the zero value of any other field leaves it out.
type Replay struct {
	Shadow   *shadow.Shadow
	Database string        // made as a clone and left for whoever wants to look into it; "" is "replay"
	Continue bool          // Database is there and holds a beginning of Files: only the rest runs
	Roles    *apply.Script // runs before the first file, as on a reset
	Sink     event.Sink

	// Emulate opens what stands in for the platform's server on the database at a URL; nil emulates nothing.
	Emulate func(ctx context.Context, url string) (apply.Emulation, error)

	Files  []*migration.Migration // in the order in which they run; two of one version run one after the other
	Broken []*finding.Finding     // of files that cannot run as they stand: these fail without being tried
	Aside  []*migration.Migration // files that do not run because of their names: what they make is told of
}

// Result is how a replay ended.
type Result struct {
	Files    int        // that were there to run
	Failures []*Failure // in the order of the files
	Causes   []*Cause   // of the failures, in the order in which they show
}

// Replayed is the number of files that ran to their end.
func (r *Result) Replayed() int { return r.Files - len(r.Failures) }

// Failure is a file that did not run to its end.
type Failure struct {
	File    *migration.Migration
	Refusal *pgconn.PgError  // what the server said; nil where the file never came so far
	Finding *finding.Finding // as a push would tell it
	Cause   *Cause           // why; several failures may have one

	index int // of the file
	kept  int // where in the file begins what was not committed
}

// Run replays. The error is about the machine, not about the files: those that do not run are in the result.
func (r *Replay) Run(ctx context.Context) (*Result, error) {
	result := &Result{Files: len(r.Files)}
	failures, err := r.run(ctx)
	if err != nil {
		return nil, err
	}
	result.Failures = failures
	result.Causes = diagnose(r.Files, r.Aside, failures)
	return result, nil
}

// run returns the failures of all files, in order.
func (r *Replay) run(ctx context.Context) ([]*Failure, error) {
	database := cmp.Or(r.Database, "replay")
	if !r.Continue {
		if err := r.Shadow.Clone(ctx, database); err != nil {
			return nil, err
		}
	}
	url := r.Shadow.URL(database, platform.Owner)
	to := &direct.Target{URL: secret.New(url), Label: "the shadow", IsLocal: true}
	options := apply.Defaults()
	options.Chain, options.WatchAfter = true, 0
	runner := &apply.Runner{
		Target: to, Options: options, Run: apply.NewRun(time.Now()), Verb: "replay", Sink: r.Sink, Throwaway: true,
	}
	if r.Emulate != nil {
		emulation, err := r.Emulate(ctx, url)
		if err != nil {
			return nil, err
		}
		runner.Emulate = emulation
	}
	defer runner.Close()
	if _, err := runner.Open(ctx); err != nil {
		return nil, err
	}
	if r.Roles != nil && !r.Continue {
		if err := runner.RunScript(ctx, *r.Roles); err != nil {
			return nil, err
		}
	}
	var failures []*Failure
	var runnable []*migration.Migration
	var indexes []int
	for i, m := range r.Files {
		if f := brokenBy(r.Broken, m); f != nil {
			failures = append(failures, &Failure{File: m, Finding: f, index: i})
			continue
		}
		runnable, indexes = append(runnable, m), append(indexes, i)
	}
	refused, err := all(ctx, runner, oneOfEach(runnable))
	if err != nil {
		return nil, err
	}
	for _, f := range refused {
		f.File, f.index = runnable[f.index], indexes[f.index]
		failures = append(failures, f)
	}
	slices.SortFunc(failures, func(a, b *Failure) int { return a.index - b.index })
	return failures, nil
}

// all runs files one after the other, past those that fail.
func all(ctx context.Context, runner *apply.Runner, files []*migration.Migration) ([]*Failure, error) {
	plan, err := runner.Plan(ctx, files, true)
	if err != nil {
		return nil, err
	}
	var failures []*Failure
	for len(plan.Pending) > 0 {
		done, err := runner.Apply(ctx, plan)
		if err == nil {
			break
		}
		f := finding.As(err)
		if ctx.Err() != nil || f == nil || !ofFile(f) {
			return nil, err
		}
		n := len(done.Applied) + len(done.ByOther)
		m := plan.Pending[n]
		failures = append(failures, failure(m, len(files)-len(plan.Pending)+n, f))
		plan.Pending = plan.Pending[n+1:]
	}
	return failures, nil
}

// ofFile reports whether a finding that ended a run is about the file that ran.
func ofFile(f *finding.Finding) bool {
	switch f.Exit {
	case finding.Bug, finding.Interrupted, finding.Unreachable, finding.InDoubt:
		return false
	}
	return true
}

func failure(m *migration.Migration, index int, f *finding.Finding) *Failure {
	out := &Failure{File: m, Finding: f, index: index}
	if s, ok := errors.AsType[*target.StatementError](f); ok {
		out.Refusal = s.PG
	}
	if f.At.IsZero() {
		// What fails at the commit, a deferred constraint, is put down to the last statement.
		told := *f
		told.At = m.File.Span(0, 0)
		if statements := m.Statements(); len(statements) > 0 {
			told.At = first(statements[len(statements)-1].Span)
		}
		out.Finding = &told
	}
	for _, u := range m.Units {
		if start := u.Statements[0].Start; start <= out.Finding.At.Start {
			out.kept = start
		}
	}
	return out
}

// statement is the text that failed, with its place.
func (f *Failure) statement() source.Span {
	var found source.Span
	for _, s := range f.File.Statements() {
		if s.Start <= f.Finding.At.Start {
			found = s.Span
		}
	}
	if found.IsZero() {
		return f.Finding.At
	}
	return found
}

// first is a statement without the comments before it.
func first(statement source.Span) source.Span {
	c := sqltext.NewCursor(statement.Text())
	return statement.File.Span(statement.Start+at(&c), statement.End)
}

// brokenBy returns the finding that keeps a file from running, or nil.
func brokenBy(findings []*finding.Finding, m *migration.Migration) *finding.Finding {
	for _, f := range findings {
		if f.Severity == finding.Error && f.At.File == m.File {
			return f
		}
	}
	return nil
}

// oneOfEach gives files that share a version versions of their own, behind it and before the next: the history of the
// shadow holds each once.
func oneOfEach(files []*migration.Migration) []*migration.Migration {
	files = slices.Clone(files)
	for i, last := 0, ""; i < len(files); i++ {
		version := files[i].Version
		if version == last {
			twin := *files[i]
			twin.Version = version + "." + strconv.Itoa(i)
			files[i] = &twin
		}
		last = version
	}
	return files
}
