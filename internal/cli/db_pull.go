package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func pullCommand(c *console) *cobra.Command {
	var q app.PullRequest
	cmd := &cobra.Command{
		Use:   "pull [NAME]",
		Short: "Write what a database has and the migrations do not make as a migration",
		Long: `Compare what the migrations make with a database, write the difference as a migration of that name (remote_schema where
none is given), and record it in the database's history: it holds already what the migration makes.

Without any migrations this writes the whole schema. The files and the history have to agree before.`,
		Example: `  cairn db pull --db-url "$DATABASE_URL"
  cairn db pull dashboard_changes --linked`,
		Args: takes("[NAME]"),
	}
	f := cmd.Flags()
	f.StringSliceVarP(&q.Schemas, "schema", "s", nil, "pull these `SCHEMAS` only, parted by commas")
	f.BoolVar(&q.Idempotent, "idempotent", false, "write statements that pass where they ran before")
	t := targetsOf(cmd, "db pull")
	cmd.PreRunE = func(cmd *cobra.Command, args []string) (err error) {
		if len(args) > 0 {
			q.Name = args[0]
		}
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Pull, func(s *render.Screen, r *app.PullResult) {
		if len(r.Changes) == 0 {
			s.Printf("No schema changes found.\n")
			return
		}
		s.Printf("Pulled %s.\n", number(len(r.Changes), "object"))
		if len(r.Recorded) > 0 {
			s.Printf("The history of the database holds them as %s.\n", andList(r.Recorded))
		}
	})
}
