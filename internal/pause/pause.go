// Package pause waits, for no longer than somebody wants to.
package pause

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends: then it returns why.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
