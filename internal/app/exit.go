package app

import (
	"context"
	"errors"

	"github.com/cairndb/cairn/internal/finding"
)

// FindingOf returns what there is to tell about a run that ended with err: the finding in its chain, or one that says
// that the run was interrupted, or that cairn made a mistake. It is nil where err is nil.
func FindingOf(err error) *finding.Finding {
	if err == nil {
		return nil
	}
	f := finding.As(err)
	switch {
	case f != nil && f.Exit != finding.OK:
		return f
	case f != nil: // a finding that ends a run and says that all is well: the verb forgot its exit code
		told := *f
		told.Exit = finding.Bug
		return &told
	case errors.Is(err, context.Canceled):
		return &finding.Finding{
			Code: finding.Cancelled, Severity: finding.Error, Exit: finding.Interrupted, Cause: err,
			Message: "interrupted",
		}
	default:
		return &finding.Finding{
			Code: finding.Internal, Severity: finding.Error, Exit: finding.Bug, Cause: err,
			Message: "cairn made a mistake: " + err.Error(),
			Hint:    "please report this, with the command and what `cairn version` prints; `cairn status` says where the database stands",
		}
	}
}

// Stopped returns what a run has ended with that the user has stopped: what fails on the way out fails for that. What was
// done in part, and what is not known, is told all the same.
func Stopped(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	switch ExitOf(err) {
	case finding.Partial, finding.InDoubt, finding.Interrupted:
		return err
	}
	return context.Canceled
}

// ExitOf returns the process's exit code for a run that ended with err.
func ExitOf(err error) finding.Exit {
	if err == nil {
		return finding.OK
	}
	return FindingOf(err).Exit
}
