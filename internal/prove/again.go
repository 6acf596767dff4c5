package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/target"
)

// Again runs a plan on a clone, and then a second time, past what fails. What the server refuses then, and what is
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
	findings, err := r.again(ctx, o)
	if err != nil {
		return nil, err
	}
	is, err := r.read(ctx)
	if err != nil {
		return nil, err
	}
	return append(findings, fallsShort(o.short(is), nil)...), nil
}

// again runs the units of a plan, past the steps that fail.
func (r *run) again(ctx context.Context, o Options) ([]*finding.Finding, error) {
	s, send, err := r.session(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	var findings []*finding.Finding
	exec := func(texts ...string) error {
		if len(texts) == 0 {
			return nil
		}
		all := make(target.Segment, len(texts))
		for i, sql := range texts {
			all[i] = target.Step{SQL: sql}
		}
		return s.Exec(ctx, []target.Segment{all}, nil)
	}
	for _, u := range o.Plan.Units(o.To.Needs) {
		var begin, save, back, end []string
		if !u.Alone {
			begin, save, back, end = []string{"begin"}, []string{"savepoint step"}, []string{"rollback to step"}, []string{"commit"}
		}
		if err := exec(begin...); err != nil {
			return nil, err
		}
		for _, step := range u.Steps {
			err := exec(append(slices.Clip(save), send(step.SQL))...)
			if refused, ok := errors.AsType[*target.StatementError](err); ok {
				findings = append(findings, notAgain(step, refused))
				err = exec(back...)
			}
			if err != nil {
				return nil, err
			}
		}
		if err := exec(end...); err != nil {
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
