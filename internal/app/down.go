package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
)

// DownRequest asks to revert the last applied migrations with their down files.
type DownRequest struct {
	Where
	RunOptions
	Last     int      // --last: how many, at least 1
	Versions []string // or which: the last ones, in any order
}

// DownResult says what was reverted, newest first.
type DownResult struct {
	Target    string       `json:"target"`
	Run       string       `json:"run"`
	RestoreTo string       `json:"restore_to,omitempty"`
	Reverted  []apply.Done `json:"reverted"`
	Left      []string     `json:"left,omitempty"`
}

// Down runs down files, newest migration first. It never resets.
func (a *App) Down(ctx context.Context, req DownRequest, s event.Sink) (_ *DownResult, err error) {
	if req.Last < 1 {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "--last must be greater than 0",
		}
	}
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	local, err := a.files(ctx, p, s)
	if err != nil {
		return nil, err
	}
	at, err := a.place(ctx, p, req.Where, defaults["migration down"], s)
	if err != nil {
		return nil, err
	}
	r, end, err := a.begin(ctx, "migration down", at, req.RunOptions, s)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	if len(req.Versions) > 0 {
		if req.Last, err = lastOnes(req.Versions, r.History(), at.Name()); err != nil {
			return nil, aim(err, req.Where, defaults["migration down"])
		}
	}
	last, err := apply.LastApplied(local, r.History(), req.Last)
	if err != nil {
		return nil, err
	}
	var detail []string
	for _, m := range last {
		detail = append(detail, "  "+m.File.Name+", by "+m.Down.File.Name)
	}
	intent := at.intent(ctx, Down, "revert "+count(len(last), "migration"), strings.Join(detail, "\n"))
	if err := a.consent(ctx, intent, s); err != nil {
		return nil, err
	}
	if err := a.keepJournal(r, at); err != nil {
		return nil, err
	}
	result := &DownResult{Target: at.Name(), Run: r.Run}
	if result.RestoreTo, err = r.Begin(ctx, !at.Local()); err != nil {
		return nil, err
	}
	done, err := r.Revert(ctx, last)
	result.Reverted, result.Left = done.Applied, done.Left
	if endErr := r.End(context.WithoutCancel(ctx)); err == nil {
		err = endErr
	}
	return result, err
}

// lastOnes returns how many versions these are, if they are the last that were applied. What was applied behind one may
// rest on it: then the error is a finding that lists it.
func lastOnes(versions []string, h *history.History, where string) (int, error) {
	for _, v := range versions {
		if h.Version(v) == nil {
			return 0, unknownVersion(v, "the history of "+where)
		}
	}
	first := slices.IndexFunc(h.Rows, func(row history.Row) bool { return slices.Contains(versions, row.Version) })
	var between []string
	for _, row := range h.Rows[first:] {
		if !slices.Contains(versions, row.Version) {
			between = append(between, row.Version+" "+row.Name)
		}
	}
	n := len(h.Rows) - first
	if len(between) == 0 {
		return n, nil
	}
	return 0, &finding.Finding{
		Code: finding.NotLast, Severity: finding.Error, Exit: finding.Refused,
		Message: fmt.Sprintf("version %s is not the last that was applied: %s came after it", h.Rows[first].Version, count(len(between), "migration")),
		Detail:  strings.Join(between, "\n"),
		Hint: fmt.Sprintf("`cairn migration down --last %d` reverts those as well; to undo it alone, write a migration that does; "+
			"nothing was changed", n),
	}
}
