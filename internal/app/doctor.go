package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/route"
)

// DoctorRequest asks which ways lead to a database, and whether it is well. Where no database is named it is the linked
// project, or else the local database.
type DoctorRequest struct {
	Where
}

// Doctor is what was found.
type Doctor struct {
	Target string        `json:"target"`
	Ways   []DoctorWay   `json:"ways" jsonschema:"every way to the database, in the order in which they are tried"`
	Checks []DoctorCheck `json:"checks"`
}

// DoctorWay is a way to the database.
type DoctorWay struct {
	Way      string       `json:"way" jsonschema:"connection, direct, session pooler, transaction pooler, Management API, data API or SQL function"`
	At       string       `json:"at,omitempty" jsonschema:"where it leads"`
	State    WayState     `json:"state" jsonschema:"works, does not work, not tried or not there"`
	Migrates bool         `json:"migrates" jsonschema:"it works, and cairn runs migrations on it"`
	Runs     string       `json:"runs,omitempty" jsonschema:"what can be run on it, once it works"`
	Code     finding.Code `json:"code,omitempty"`
	Why      string       `json:"why,omitempty" jsonschema:"why it does not work, or was not tried"`
	Said     string       `json:"said,omitempty" jsonschema:"the words of the other side"`
	Do       string       `json:"do,omitempty" jsonschema:"how to make it work"`

	find  func(context.Context) (target.Target, error)
	via   string // as --via has it; "" where it has no name there
	to    target.Target
	facts target.Facts
}

// WayState says how it is with a way.
type WayState string

// The states of a way.
const (
	WayWorks    WayState = "works"
	WayFails    WayState = "does not work"
	WayNotTried WayState = "not tried"
	WayAbsent   WayState = "not there"
)

// DoctorCheck is something that was looked at.
type DoctorCheck struct {
	Check   string       `json:"check"`
	State   CheckState   `json:"state" jsonschema:"ok, warning, problem, or unknown where it could not be looked at"`
	Code    finding.Code `json:"code,omitempty"`
	Found   string       `json:"found"`
	Objects []string     `json:"objects,omitempty" jsonschema:"what it is about"`
	Do      string       `json:"do,omitempty" jsonschema:"what to do now"`
}

// CheckState says how a check came out.
type CheckState string

// The states of a check. A problem wants somebody now; a warning wants to be known.
const (
	CheckOK      CheckState = "ok"
	CheckWarning CheckState = "warning"
	CheckProblem CheckState = "problem"
	CheckUnknown CheckState = "unknown"
)

const (
	// probeLimit is how long one look at one thing may take.
	probeLimit = 10 * time.Second
	// driftLimit is how long the replay of the migrations may take, with which the database is compared.
	driftLimit = time.Minute
)

// examination is a doctor's look at one database, under way.
type examination struct {
	app     *App
	project *project.Project
	where   Where
	label   string
	result  *Doctor
	sink    event.Sink

	hosted   *remoteProject   // nil where it is no hosted project
	platform *platformSeen    // what the platform says of it
	refusal  *finding.Finding // why no migration can be run, whatever the way
	login    *finding.Finding // the refused login that --via auto stops at
	served   []string         // the schemas that the data API serves
	at       *place           // what the checks look at; nil where no way leads there
	facts    target.Facts     // of it
	function DoctorWay        // the way that is found in the catalog
}

// Doctor tries every way to a database and looks whether it is well. It changes nothing; where the platform has to make a
// role to log in with, it does.
func (a *App) Doctor(ctx context.Context, req DoctorRequest, s event.Sink) (_ *Doctor, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	e := &examination{app: a, project: p, sink: s, result: &Doctor{Checks: []DoctorCheck{}}, function: DoctorWay{
		Way: "SQL function", State: WayNotTried, Why: "it is looked for in the catalog, which could not be read", Runs: runsBlind,
	}}
	if e.where, err = e.chosen(req.Where); err != nil {
		return nil, err
	}
	if err = e.choose(ctx); err != nil {
		return nil, err
	}
	t := a.tell("doctor", e.label, s)
	defer func() { t.done(err) }()
	e.result.Target = e.label
	if e.hosted != nil {
		e.hostedWays(ctx)
	} else {
		e.onlyWay(ctx)
	}
	e.check(e.environment())
	if e.enter() {
		e.checkDatabase(ctx)
	}
	e.result.Ways = append(e.result.Ways, e.function)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return e.result, e.verdict()
}

// chosen is the database that is meant.
func (e *examination) chosen(w Where) (Where, error) {
	if w.Local || w.Linked || w.Project != "" || !w.URL.IsZero() {
		return w, nil
	}
	link, err := e.project.Link()
	w.Linked = link != nil || project.Ref(e.project.Env.Get("SUPABASE_PROJECT_ID")) != ""
	w.Local = !w.Linked
	return w, err
}

// choose finds the database: a hosted project, or a place with one way to it.
func (e *examination) choose(ctx context.Context) (err error) {
	if e.where.URL.IsZero() && !e.where.local(defaults["doctor"]) {
		if e.hosted, err = e.app.hosted(ctx, e.project, e.where, e.sink); err == nil {
			e.label = e.hosted.label
		}
	} else if e.at, err = e.app.place(ctx, e.project, e.where, defaults["doctor"], e.sink); err == nil {
		e.label = e.at.Name()
	} else if f := finding.As(err); f != nil && f.Exit == finding.Unreachable { // the local database does not run
		e.label, e.refusal, err = localLabel(e.project.Config.DB.Port), f, nil
	}
	e.served = e.project.Config.API.Schemas
	return err
}

// enter makes ready what the checks look at: the database on the ways that work, in their order.
func (e *examination) enter() bool {
	to := &route.Target{Label: e.label}
	for _, w := range e.result.Ways {
		if w.to == nil {
			continue
		}
		if len(to.Ways) == 0 {
			e.facts = w.facts
		}
		to.Ways = append(to.Ways, route.Way{Via: w.via, At: w.At, Find: func(context.Context) (target.Target, error) { return w.to, nil }})
	}
	if len(to.Ways) == 0 {
		return false
	}
	if e.at == nil {
		e.at = &place{Target: to, ways: to, hosted: e.hosted, confirm: e.label, looked: true}
	}
	return true
}

// check adds what was looked at; a check that does not apply has no name.
func (e *examination) check(all ...DoctorCheck) {
	for _, c := range all {
		if c.Check == "" {
			continue
		}
		c.Do = onTarget(c.Do, e.where, defaults["doctor"])
		e.result.Checks = append(e.result.Checks, c)
	}
}

// verdict is nil where migrations can be run and nothing is a problem. Where none can be run it ends as a push would.
func (e *examination) verdict() error {
	if !slices.ContainsFunc(e.result.Ways, func(w DoctorWay) bool { return w.Migrates }) {
		f := &finding.Finding{
			Code: finding.NoWay, Severity: finding.Error, Exit: finding.Unreachable,
			Message: "no migration can be run on " + e.label + ": no way leads there", Hint: "what to do about each way stands above",
		}
		why := e.refusal
		for _, w := range e.result.Ways {
			if w.Code == finding.ReadOnlyTarget && why == nil {
				why = &finding.Finding{Message: w.Why, Hint: w.Do, Exit: finding.Refused}
			}
		}
		if why != nil {
			f.Message, f.Hint, f.Exit = "no migration can be run: "+why.Message, why.Hint, why.Exit
		}
		return f
	}
	var names []string
	for _, c := range e.result.Checks {
		if c.State == CheckProblem {
			names = append(names, c.Check)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &finding.Finding{
		Code: finding.Unwell, Severity: finding.Error, Exit: finding.Findings,
		Message: fmt.Sprintf("%s on %s: %s", count(len(names), "problem"), e.label, strings.Join(names, ", ")), Hint: "what to do about each stands above",
	}
}

// findingCheck is a check that came out as a finding says.
func findingCheck(check string, state CheckState, f *finding.Finding) DoctorCheck {
	c := DoctorCheck{Check: check, State: state, Code: f.Code, Found: f.Message, Do: f.Hint}
	for line := range strings.Lines(f.Detail) {
		c.Objects = append(c.Objects, strings.TrimSpace(line))
	}
	return c
}

// errorCheck is a check that could not be made.
func errorCheck(check string, err error) DoctorCheck {
	if f := finding.As(err); f != nil {
		return findingCheck(check, CheckUnknown, f)
	}
	return DoctorCheck{Check: check, State: CheckUnknown, Found: "could not be looked at: " + err.Error()}
}
