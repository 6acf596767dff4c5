package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
)

func upCommand(c *console) *cobra.Command {
	var q app.PushRequest
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Apply pending migrations to the local database or another one",
		Example: `  cairn migration up
  cairn migration up --db-url "$DATABASE_URL"`,
		Args: takes(),
	}
	cmd.Flags().BoolVar(&q.IncludeAll, "include-all", false, "apply migrations below the last applied version too")
	strictFlag(cmd, &q.Strict)
	runFlags(cmd, &q.RunOptions)
	t := targetsOf(cmd, "migration up")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Up, showPush)
}
