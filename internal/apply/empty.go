package apply

import (
	"context"
	_ "embed"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed empty.sql
var emptySQL string

// Empty takes out of the target everything that the project has put there, the history too, in one transaction behind
// the lock. What belongs to the platform stays; users in auth and files in storage go.
func (r *Runner) Empty(ctx context.Context) error {
	return r.Alter(ctx, func(bool) []target.Step { return []target.Step{{SQL: emptySQL}} })
}
