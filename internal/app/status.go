package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// statusWait is how long status waits for a target to answer (DESIGN §10).
const statusWait = 2 * time.Second

// StatusRequest asks whether files and target agree.
type StatusRequest struct {
	Where
	Check  bool // --check: anything to do is a finding with exit Findings
	Verify bool // --verify: hold the database against what its history says it holds
}

// Status says where things stand.
type Status struct {
	Target     string   `json:"target,omitempty"` // "" where there is none
	Reachable  bool     `json:"reachable"`
	InSync     bool     `json:"in_sync"` // files and target agree
	Verdict    string   `json:"verdict"` // one line
	Next       string   `json:"next,omitempty"`
	Migrations int      `json:"migrations"` // files
	Applied    int      `json:"applied"`    // on the target
	Pending    []string `json:"pending,omitempty"`
	Problem    string   `json:"problem,omitempty"` // the code of what keeps a push from running
	Skipped    int      `json:"skipped_files,omitempty"`
	Verified   bool     `json:"verified,omitempty"` // the database holds what its history says, and nothing else

	pending []*migration.Migration
}

// Status reads the files offline and adds the target where it answers in time.
func (a *App) Status(ctx context.Context, req StatusRequest, s event.Sink) (*Status, error) {
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	st, err := a.standing(ctx, p, func() (*place, error) { return a.place(ctx, p, req.Where, defaults["status"], s) }, statusWait, s)
	if err != nil {
		return nil, err
	}
	st.Next = onTarget(st.Next, req.Where, defaults["status"])
	if len(st.Pending) > 0 && st.Problem == "" {
		st.Next = strings.ReplaceAll(st.Next, "`", "") // it is commands alone
	}
	if req.Verify && !st.Reachable {
		return st, &finding.Finding{
			Code: finding.Unreached, Severity: finding.Error, Exit: finding.Unreachable,
			Message: "nothing is verified: the database or its history cannot be read", // the status itself says why
		}
	}
	if req.Verify {
		if err := a.verify(ctx, req.Where, s); err != nil {
			st.InSync = false
			return st, err
		}
		st.Verified = true
	}
	if req.Check && !st.InSync {
		return st, &finding.Finding{
			Code: finding.NotInSync, Severity: finding.Error, Exit: finding.Findings,
			Message: "files and database are not in sync", // the status itself says how
		}
	}
	return st, nil
}

// standing reads the files, and the database that choose finds where it answers within wait.
func (a *App) standing(ctx context.Context, p *project.Project, choose func() (*place, error), wait time.Duration, s event.Sink) (*Status, error) {
	listing, err := a.listing(ctx, p, false)
	if err != nil {
		return nil, err
	}
	st := &Status{Migrations: len(listing.Migrations)}
	var broken *finding.Finding
	for _, f := range listing.Findings {
		s(event.Found{Finding: f})
		if f.Code == finding.SkippedName {
			st.Skipped++
		}
		if f.Severity == finding.Error && broken == nil {
			broken = f
		}
	}
	a.compareWithTarget(ctx, st, listing.Migrations, choose, wait, s)
	if broken != nil {
		st.InSync, st.Problem = false, string(broken.Code)
		st.Verdict = "a migration file cannot run as it stands"
		st.Next = broken.Hint
	}
	return st, nil
}

// compareWithTarget fills in what the target says. That it cannot be asked is a status like any other.
func (a *App) compareWithTarget(ctx context.Context, st *Status, local []*migration.Migration, choose func() (*place, error), wait time.Duration, s event.Sink) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	at, err := choose()
	var plan *apply.Plan
	if err == nil {
		st.Target = at.Name()
		plan, err = a.planOn(ctx, at, local, st, s)
	}
	f := finding.As(err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		st.Verdict, st.Next = fmt.Sprintf("%s; %s did not answer within %s", count(len(local), "migration"), st.Target, wait), "check the connection"
	case f != nil:
		st.Verdict, st.Next, st.Problem = count(len(local), "migration")+"; "+f.Message, f.Hint, string(f.Code)
		switch f.Code {
		case finding.OutOfOrder: // "run again" would be status
			st.Verdict = fmt.Sprintf("%s below the last that is applied on %s (%s)",
				count(len(strings.Split(f.Detail, "\n")), "migration"), st.Target, strings.ReplaceAll(f.Detail, "\n", ", "))
			st.Next = "`cairn " + applying(at) + " --include-all` applies what is out of order; or give it a later version"
		case finding.MissingLocal:
			st.Verdict = fmt.Sprintf("%s applied on %s without a file here (%s)",
				count(len(strings.Split(f.Detail, "\n")), "version"), st.Target, strings.ReplaceAll(f.Detail, "\n", ", "))
		}
	case err != nil:
		st.Verdict = err.Error()
	case len(plan.Pending) > 0:
		st.pending = plan.Pending
		for _, m := range plan.Pending {
			st.Pending = append(st.Pending, m.File.Name)
		}
		st.Verdict = fmt.Sprintf("%s to apply on %s", count(len(plan.Pending), "migration"), st.Target)
		st.Next = "`cairn " + applying(at) + "`"
		if !at.ours {
			st.Next = "`cairn db push --dry-run`, then " + st.Next
		}
	default:
		st.InSync = true
		st.Verdict = fmt.Sprintf("%s is up to date: %s applied", st.Target, count(st.Applied, "migration"))
	}
}

// applying is the command that applies what is pending on a place.
func applying(at *place) string {
	if at.ours {
		return "migration up"
	}
	return "db push"
}

func (a *App) planOn(ctx context.Context, at *place, local []*migration.Migration, st *Status, s event.Sink) (*apply.Plan, error) {
	r := a.reader(at, s)
	defer r.Close()
	h, err := r.Read(ctx)
	if err != nil {
		return nil, err
	}
	st.Reachable, st.Applied = true, len(h.Rows)
	noteForeign(h, s)
	if err := a.tellVanished(r, at, s); err != nil {
		return nil, err
	}
	plan, err := r.Plan(ctx, local, false)
	if err != nil {
		return nil, err
	}
	return plan, tellFindings(plan.Findings, s)
}

// appliedVersions returns the versions of a history.
func appliedVersions(h *history.History) []string {
	versions := make([]string, len(h.Rows))
	for i, r := range h.Rows {
		versions[i] = r.Version
	}
	return versions
}
