package app

import (
	"context"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// DownRequest asks to revert the last applied migrations with their down files.
type DownRequest struct {
	Where
	RunOptions
	Last int // --last: how many, at least 1
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
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	local, err := a.files(ctx, p, s)
	if err != nil {
		return nil, err
	}
	at, err := a.place(ctx, p, req.Where, LocalByDefault, s)
	if err != nil {
		return nil, err
	}
	r, end, err := a.begin(ctx, "migration down", at, req.RunOptions, s)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	last, err := apply.LastApplied(local, r.History(), req.Last)
	if err != nil {
		return nil, err
	}
	var detail []string
	for _, m := range last {
		detail = append(detail, "  "+m.File.Name+", by "+m.Down.File.Name)
	}
	intent := Intent{
		Class: Down, Action: "revert " + count(len(last), "migration"), Target: at.Name(), Detail: strings.Join(detail, "\n"),
		Confirm: at.confirm, Local: at.Local(), Ours: at.ours,
	}
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
