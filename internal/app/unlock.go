package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/target"
)

// UnlockRequest asks who holds the migration lock, and to end that session.
type UnlockRequest struct {
	Where
}

// Unlocked says who held the lock and what became of them.
type Unlocked struct {
	Target  string         `json:"target"`
	Holders []apply.Holder `json:"holders"`
	Ended   int            `json:"ended"`
}

// Unlock ends the sessions that hold the migration lock, after a yes. Their open transactions are rolled back.
func (a *App) Unlock(ctx context.Context, req UnlockRequest, s event.Sink) (*Unlocked, error) {
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	at, err := a.place(ctx, p, req.Where, LinkedByDefault, s)
	if err != nil {
		return nil, err
	}
	session, err := at.Open(ctx, target.Options{Application: "cairn unlock"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	result := &Unlocked{Target: at.Name()}
	if result.Holders, err = apply.Holders(ctx, session); err != nil || len(result.Holders) == 0 {
		return result, err
	}
	var detail []string
	for _, h := range result.Holders {
		detail = append(detail, fmt.Sprintf("  pid %s, %s, user %s from %s, %s for %s s: %s",
			h.PID, h.Application, h.User, h.Client, h.State, h.Seconds, strings.Join(strings.Fields(h.Query), " ")))
	}
	intent := Intent{
		Class: Change, Action: "end " + count(len(result.Holders), "session") + " that holds the migration lock",
		Target: at.Name(), Detail: strings.Join(detail, "\n"), Confirm: at.confirm, Local: at.Local(), Ours: at.ours,
	}
	if err := a.consent(ctx, intent, s); err != nil {
		return nil, err
	}
	for _, h := range result.Holders {
		ended, err := apply.Terminate(ctx, session, h)
		if err != nil {
			return result, err
		}
		if ended {
			result.Ended++
		}
	}
	return result, nil
}
