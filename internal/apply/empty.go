package apply

import (
	"context"
	_ "embed"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed empty.sql
var emptySQL string

// Empty takes out of the target what the project has put there, in one transaction behind the lock, so that its files can
// be applied again: extensions, schemas, what is in public, policies and triggers on tables of the platform, users in
// auth, files in storage, and the history but for who ran what. What belongs to the platform or to other roles stays, and
// so do roles, grants, settings and secrets in the vault.
func (r *Runner) Empty(ctx context.Context) error {
	return r.Alter(ctx, func(bool) []target.Step { return []target.Step{{SQL: emptySQL}} })
}
