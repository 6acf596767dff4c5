package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

// statusCommand is both `cairn status` and `cairn migration status`.
func statusCommand(c *console) *cobra.Command {
	var q app.StatusRequest
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say in one line whether files and database agree, and what to do next",
		Long:  "Read the migration files, and the database where it answers within two seconds.",
		Example: `  cairn status
  cairn status --db-url "$DATABASE_URL" --check`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.BoolVar(&q.Check, "check", false, "exit with 1 when there is anything to do")
	f.BoolVar(&q.Check, "exit-code", false, "the same as --check")
	f.BoolVar(&q.Verify, "verify", false, "look whether the database holds what its history says, and nothing else")
	t := targetsOf(cmd, "status")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Status, func(s *render.Screen, r *app.Status) {
		s.Printf("%s\n", r.Verdict)
		for _, file := range r.Pending {
			s.Printf("  %s\n", file)
		}
		if r.Next != "" {
			s.Printf("Next: %s\n", r.Next)
		}
	})
}
