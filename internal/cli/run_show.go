package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func runShowCommand(c *console) *cobra.Command {
	var q app.RunRequest
	cmd := &cobra.Command{
		Use:     "show RUN",
		Short:   "Print a run's journal",
		Example: "  cairn run show 20260315100000-k3f9x2",
		Args:    takes("RUN"),
		PreRunE: func(_ *cobra.Command, args []string) error {
			q.Run = args[0]
			return nil
		},
	}
	return verb(c, cmd, &q, (*app.App).ShowRun, func(s *render.Screen, r *app.RunShown) {
		table := render.Table{Head: []string{"At", "What", "Version", "Transaction"}}
		for _, l := range r.Lines {
			what := l.What
			if l.Verb != "" {
				what = l.Verb + " on " + l.Target + " by " + l.Who
			}
			if l.Restore != "" {
				what += " " + l.Restore
			}
			table.Rows = append(table.Rows, []string{l.At.Format(time.RFC3339), what, l.Version, l.XID})
		}
		s.Table(table)
	})
}

func runResolveCommand(c *console) *cobra.Command {
	var q app.RunRequest
	cmd := &cobra.Command{
		Use:   "resolve RUN",
		Short: "Look up how a commit ended whose answer was lost",
		Long: `Where the connection broke while a migration was being committed and the database could not be asked any more, the run
ended with exit code 7. This asks again: on the same database, under the migration lock.`,
		Example: `  cairn run resolve 20260315100000-k3f9x2 --db-url "$DATABASE_URL"`,
		Args:    takes("RUN"),
	}
	t := targetsOf(cmd, "run resolve")
	cmd.PreRunE = func(_ *cobra.Command, args []string) (err error) {
		q.Run = args[0]
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).ResolveRun, func(s *render.Screen, r *app.RunResolved) {
		switch {
		case r.Resolution == nil:
			s.Printf("No commit of run %s is in doubt.\n", r.Run)
		case r.Resolution.Committed:
			s.Printf("%s was committed (transaction %s).\n", r.Resolution.Version, r.Resolution.XID)
		default:
			s.Printf("%s was not committed (transaction %s): run the command again.\n", r.Resolution.Version, r.Resolution.XID)
		}
	})
}
