package app

import (
	"cmp"
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
func (a *App) Unlock(ctx context.Context, req UnlockRequest, s event.Sink) (_ *Unlocked, err error) {
	v, err := a.visit(ctx, "db unlock", req.Where, s)
	if err != nil {
		return nil, err
	}
	defer func() { v.done(err) }()
	at, s := v.at, v.sink
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
		detail = append(detail, fmt.Sprintf("  %s, user %s from %s: %s",
			h, cmp.Or(h.User, "unknown"), cmp.Or(h.Client, "unknown"), strings.Join(strings.Fields(h.Query), " ")))
	}
	action := "end the session that holds the migration lock"
	if n := len(result.Holders); n > 1 {
		action = "end " + count(n, "session") + " that hold the migration lock"
	}
	if err := a.consent(ctx, at.intent(ctx, Change, action, strings.Join(detail, "\n")), s); err != nil {
		return nil, err
	}
	var first error
	for _, h := range result.Holders {
		switch ended, err := apply.Terminate(ctx, session, h); {
		case err != nil && first == nil:
			first = err
		case ended:
			result.Ended++
		}
	}
	return result, first
}
