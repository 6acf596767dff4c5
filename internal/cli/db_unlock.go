package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func unlockCommand(c *console) *cobra.Command {
	var q app.UnlockRequest
	cmd := &cobra.Command{
		Use:   "unlock",
		Short: "Show who holds the migration lock, and end that session after a yes",
		Long: `A run that died gives the lock back within a second. This is for one that hangs: its session is ended, and what its
open transaction had done is rolled back.`,
		Example: `  cairn db unlock --db-url "$DATABASE_URL"`,
		Args:    takes(),
	}
	t := targetsOf(cmd, "db unlock")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Unlock, func(s *render.Screen, r *app.Unlocked) {
		switch {
		case len(r.Holders) == 0:
			s.Printf("Nobody holds the migration lock on %s.\n", r.Target)
		case r.Ended > 0:
			s.Printf("Ended %s that held the migration lock on %s.\n", number(r.Ended, "session"), r.Target)
		}
	})
}
