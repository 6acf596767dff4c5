package prove

import (
	"context"
	"errors"
	"fmt"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/target"
)

// Again runs a plan on a clone, and then each of its statements a second time. What the server refuses then, and what is
// not as wanted afterwards, are findings; none says that the plan can be run again and again. The error is the clone's or
// the connection's.
func Again(ctx context.Context, o Options) ([]*finding.Finding, error) {
	r, err := o.try(ctx, o, o.Plan, seeding{none: true})
	defer func() { r.close() }()
	switch {
	case err != nil:
		return nil, err
	case r.failed != nil:
		return []*finding.Finding{stepFails(o, r.failed)}, nil
	}
	findings, err := r.again(ctx, o.Plan)
	if err != nil {
		return nil, err
	}
	is, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	return append(findings, fallsShort(o.short(is), nil)...), nil
}

// again runs the steps of a plan one by one, each in a transaction of its own, past those that fail.
func (r *run) again(ctx context.Context, plan *planner.Plan) ([]*finding.Finding, error) {
	s, send, err := r.session(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	var findings []*finding.Finding
	if err := s.Exec(ctx, []target.Segment{{{SQL: "SET check_function_bodies = off"}}}, nil); err != nil {
		return nil, err
	}
	for _, step := range plan.Steps {
		err := s.Exec(ctx, []target.Segment{{{SQL: send(step.SQL)}}}, nil)
		refused, ok := errors.AsType[*target.StatementError](err)
		switch {
		case ok:
			findings = append(findings, notAgain(step, refused))
		case err != nil:
			return nil, err
		}
	}
	return findings, nil
}

func notAgain(step planner.Step, err *target.StatementError) *finding.Finding {
	return &finding.Finding{
		Code: finding.NotAgain, Severity: finding.Warning, Cause: err,
		Message: fmt.Sprintf("this statement, about %s, fails where it ran before: %s", step.Object, err.PG.Message), Detail: step.SQL,
		Hint: "Postgres has no form of it that passes; the others can be run again. Take it out before a second run, or run the file once",
	}
}
