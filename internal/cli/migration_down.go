package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func downCommand(c *console) *cobra.Command {
	var q app.DownRequest
	cmd := &cobra.Command{
		Use:   "down [VERSION...]",
		Short: "Revert the last migrations with their down files",
		Long: `Run the down files of the last applied migrations, newest first, and take them out of the history. Versions that are
named must be the last ones. A migration without a down file is never reverted by other means: the command refuses and
says what there is to do.`,
		Example: `  cairn migration down
  cairn migration down --last 2`,
		Args: takes("[VERSION...]"),
	}
	cmd.Flags().IntVar(&q.Last, "last", 1, "how many migrations to revert")
	runFlags(cmd, &q.RunOptions)
	t := targetsOf(cmd, "migration down")
	cmd.PreRunE = func(cmd *cobra.Command, args []string) (err error) {
		if len(args) > 0 && cmd.Flags().Changed("last") {
			return usage(cmd, "--last and versions exclude each other")
		}
		q.Versions = args
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Down, func(s *render.Screen, r *app.DownResult) {
		s.Printf("Reverted %s on %s.\n", number(len(r.Reverted), "migration"), r.Target)
		if len(r.Left) > 0 {
			s.Printf("Not reverted: %d, from version %s on.\n", len(r.Left), r.Left[0])
		}
	})
}
