// Package api is the route to a hosted project's database over the platform's Management API: SQL goes out as one text
// over HTTPS and comes back as the rows of its last statement. There is no session: what has to happen together has to be
// sent together.
package api

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed facts.sql
var factsSQL string

// Target is a hosted project's database.
type Target struct {
	Client *management.Client
	Ref    string
	Label  string             // what Name returns
	Told   func(error) error  // says what an error of the API means; nil is management.Finding
	Gate   func(string) error // may refuse the project's status; nil is Awake
}

// Name returns the label.
func (t *Target) Name() string { return t.Label }

// Local is false: a hosted project is elsewhere.
func (t *Target) Local() bool { return false }

// Open looks whether the project can be worked on, and asks its database what it is.
func (t *Target) Open(ctx context.Context, opt target.Options) (target.Session, error) {
	if err := t.Ready(ctx); err != nil {
		return nil, err
	}
	s := &Session{target: t, facts: target.Facts{Route: "api", Pooled: true, Whole: true, Limit: management.Gateway}}
	f := &s.facts
	sent := time.Now()
	err := target.One(ctx, s, target.Step{SQL: factsSQL, Row: func(v [][]byte) {
		f.Server, _ = strconv.Atoi(string(v[0]))
		f.Database, f.User, f.ReadOnly = string(v[1]), string(v[2]), string(v[3])
		if micros, err := strconv.ParseInt(string(v[4]), 10, 64); err == nil {
			// Taken for the moment of sending, the server's clock is never taken to be further than it is.
			f.Skew = time.UnixMicro(micros).Sub(sent)
		}
	}})
	if lost, ok := errors.AsType[*target.LostError](err); ok {
		err = lost.Err
	}
	if err != nil {
		return nil, t.told(err)
	}
	if f.Server == 0 {
		return nil, t.told(&management.Error{Status: 201, Message: "the answer has no rows", Cause: errors.New("it is not what was asked for")})
	}
	return s, nil
}

// Ready refuses a project that is paused, or that the platform keeps read-only, before anything is tried.
func (t *Target) Ready(ctx context.Context) error {
	p, err := t.Client.Project(ctx, t.Ref)
	if err != nil {
		return t.told(err)
	}
	gate := t.Gate
	if gate == nil {
		gate = func(status string) error { return Awake(status, t.Label) }
	}
	if err := gate(p.Status); err != nil {
		return err
	}
	locked, err := t.Client.ReadOnly(ctx, t.Ref)
	if e, ok := errors.AsType[*management.Error](err); ok && (e.Status == 403 || e.Status == 404) {
		return nil // who may not ask is told by the database
	}
	if err != nil {
		return t.told(err)
	}
	if locked {
		return Locked(t.Label)
	}
	return nil
}

// Locked is the finding about a project that the platform keeps from being written.
func Locked(name string) *finding.Finding {
	return &finding.Finding{
		Code: finding.ReadOnlyTarget, Severity: finding.Error, Exit: finding.Refused,
		Message: name + " takes no changes: the platform has set it read-only",
		Hint:    "most often its disk is full: make room or enlarge it (dashboard > Project Settings > Compute and Disk); nothing was changed",
	}
}

// Awake refuses a project whose database does not answer now, by the platform's word for its state.
func Awake(status, name string) error {
	f := &finding.Finding{Code: finding.ProjectAsleep, Severity: finding.Error, Exit: finding.Refused}
	switch status {
	case management.Healthy, management.Unhealthy, "UNKNOWN", "":
		return nil
	case "INACTIVE", "PAUSED":
		f.Message, f.Hint = name+" is paused", "resume it in the dashboard, which takes some minutes, and run this again; nothing was changed"
	case "REMOVED", "INIT_FAILED", "RESTORE_FAILED", "PAUSE_FAILED":
		f.Message, f.Hint = name+" does not run: the platform says "+status, "look into the dashboard, or ask the platform's support; nothing was changed"
	default:
		f.Message = fmt.Sprintf("%s is not up now: the platform says %s", name, status)
		f.Hint = "wait until the dashboard shows it healthy and run this again; nothing was changed"
	}
	return f
}

func (t *Target) told(err error) error {
	if t.Told != nil {
		return t.Told(err)
	}
	return management.Finding(err, t.Ref, "", "")
}

// Session is the project's database as one run sees it.
type Session struct {
	target *Target
	facts  target.Facts
}

// Facts says what the server and the route are.
func (s *Session) Facts() target.Facts { return s.facts }

// Keeps is false: no session outlives its request.
func (s *Session) Keeps(context.Context) (bool, error) { return false, nil }

// Fresh is empty: each request begins anew.
func (s *Session) Fresh() target.Segment { return nil }

// Status is always idle: no transaction outlives its request.
func (s *Session) Status() byte { return 'I' }

// Close has nothing to end.
func (s *Session) Close() error { return nil }

// Exec sends each segment as a request of its own.
func (s *Session) Exec(ctx context.Context, segments []target.Segment, done func(target.Result)) error {
	var refused *target.StatementError
	for i, segment := range segments {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if len(segment) == 0 || len(segment) == 1 && is(segment[0].SQL, "rollback") {
			continue // there is nothing to roll back
		}
		sc, err := compile(segment)
		if err != nil {
			return err
		}
		rows, err := s.target.Client.Query(ctx, s.target.Ref, sc.text, sc.reads)
		var no *management.SQLError
		switch {
		case errors.As(err, &no):
			if refused == nil {
				refused = sc.refused(i, no)
			}
			continue
		case errors.Is(err, context.Canceled):
			return err
		case err != nil:
			e, ok := errors.AsType[*management.Error](err)
			if ok && !e.Unknown {
				return s.target.told(err) // it was not done
			}
			return &target.LostError{Segment: i, Err: err}
		}
		answers, err := sc.answers(rows)
		if err != nil {
			return &target.LostError{Segment: i, Err: err}
		}
		for j, step := range segment {
			for _, row := range answers[j].rows {
				if step.Row != nil {
					step.Row(row)
				}
			}
			if done != nil {
				done(target.Result{Segment: i, Step: j, Tag: answers[j].tag})
			}
		}
	}
	if refused != nil {
		return refused
	}
	return nil
}

// is reports whether a statement is one of a single word, or begins with it.
func is(sql, word string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(sql), " ")
	return strings.EqualFold(first, word)
}
