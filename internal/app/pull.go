package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/project"
)

// PullRequest asks to write what a database has and the migrations do not make as a migration.
type PullRequest struct {
	Where
	Name    string   // of the migration; "" is "remote_schema"
	Schemas []string // --schema

	Idempotent bool // --idempotent: statements that pass where they ran before
}

// PullResult says what was written.
type PullResult struct {
	DiffResult
	Recorded []string `json:"recorded,omitempty" jsonschema:"the versions that the database's history holds since"`
}

// pulled is the name of a migration that was pulled, where none was given.
const pulled = "remote_schema"

// Pull compares what the migrations make with a database, writes the difference as a migration, and enters that into the
// database's history: it holds already what the migration makes. The files and the history must agree before.
func (a *App) Pull(ctx context.Context, req PullRequest, s event.Sink) (_ *PullResult, err error) {
	v, err := a.visit(ctx, "db pull", req.Where, eachOnce(s))
	if err != nil {
		return nil, err
	}
	defer func() { v.done(err) }()
	p, at, s := v.project, v.at, v.sink
	if err := a.agrees(ctx, p, at, s); err != nil {
		return nil, aim(err, req.Where, defaults["db pull"])
	}
	diff := DiffRequest{Where: req.Where, From: EndMigrations, Schemas: req.Schemas, Name: req.Name, AllowLoss: true, Idempotent: req.Idempotent}
	if diff.Name == "" {
		diff.Name = pulled
	}
	from, to, err := a.ends(ctx, p, diff, defaults["db pull"], s)
	if err != nil {
		return nil, err
	}
	d, err := a.diff(ctx, p, diff, from, to, s)
	if d == nil {
		return nil, err
	}
	result := &PullResult{DiffResult: *d}
	if err != nil || len(d.Written) == 0 {
		return result, err
	}
	mark := RepairRequest{Where: req.Where, Status: "applied"}
	for _, m := range d.migrations {
		mark.Versions = append(mark.Versions, m.Version)
	}
	result.Recorded, err = a.recordPulled(ctx, at, mark, s)
	return result, err
}

// recordPulled enters what was pulled into the history of the database that it is from, and returns the versions. Where
// there is no consent to that, it is told how to do it later.
func (a *App) recordPulled(ctx context.Context, at *place, mark RepairRequest, s event.Sink) ([]string, error) {
	r, err := a.Repair(ctx, mark, asPart(s))
	if err == nil {
		return r.Versions, nil
	}
	f := finding.As(err)
	if f == nil || f.Code == finding.HistoryMoved { // what was compared is no longer what is there
		return nil, err
	}
	later := onTarget("the database holds what was pulled: `"+mark.command()+"` says so", mark.Where, defaults["db pull"])
	if f.Exit == finding.Refused {
		s(event.Found{Finding: unrecorded(f, at, later)})
		return nil, nil
	}
	out := *f
	out.Hint = paragraphs(f.Hint, later)
	return nil, &out
}

// unrecorded is the warning in place of a refusal to change a history that says no more than was seen.
func unrecorded(f *finding.Finding, at *place, later string) *finding.Finding {
	return &finding.Finding{
		Code: f.Code, Severity: finding.Warning, Hint: later,
		Message: "the history of " + at.Name() + " was not changed: " + f.Message, Detail: f.Detail,
	}
}

// agrees refuses a database whose history is not that of the files: what is missing on one side would be taken for a
// change by hand.
func (a *App) agrees(ctx context.Context, p *project.Project, at *place, s event.Sink) error {
	listing, err := a.listing(ctx, p, true)
	if err != nil {
		return err
	}
	r := a.reader(at, s)
	defer r.Close()
	if _, err := r.Read(ctx); err != nil {
		return err
	}
	plan, err := r.Plan(ctx, listing.Migrations, false)
	if err != nil {
		return err
	}
	if len(plan.Pending) == 0 {
		return nil
	}
	var lines []string
	for _, m := range plan.Pending {
		lines = append(lines, "  "+m.File.Name)
	}
	return &finding.Finding{
		Code: finding.NotInSync, Severity: finding.Error, Exit: finding.Refused,
		Message: count(len(plan.Pending), "file") + " of the migrations folder " + isOrAre(len(plan.Pending)) + " not applied on " + at.Name(), Detail: strings.Join(lines, "\n"),
		Hint: "apply them first: `cairn db push`; or, where the database holds what they make, `cairn migration baseline`",
	}
}

// asPart is the stream of a verb that another one runs: that it begins and ends is not told.
func asPart(s event.Sink) event.Sink {
	return func(e event.Event) {
		switch e.(type) {
		case event.RunStarted, event.RunDone:
			return
		}
		s(e)
	}
}

// eachOnce is the stream of a verb that runs others: what they find is told once.
func eachOnce(s event.Sink) event.Sink {
	told := map[string]bool{}
	return func(e event.Event) {
		if f, ok := e.(event.Found); ok {
			key := fmt.Sprint(f.Finding.Code, f.Finding.At, f.Finding.Message)
			if told[key] {
				return
			}
			told[key] = true
		}
		s(e)
	}
}
