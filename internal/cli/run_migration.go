package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func runMigrationCommand(c *console) *cobra.Command {
	var q app.RunMigrationRequest
	cmd := &cobra.Command{
		Use:   "run-migration FILE",
		Short: "Prove one migration file on a copy, and apply it",
		Long: `Run one file behind what the database has recorded: first on a throwaway server that has run the same, then, after a
yes, on the database itself, in a transaction of its own and with its row in the history.

FILE is a path, a version or a name. One outside the migrations folder is copied into it, so that what ran is in the
history and under version control. What is pending before the file is not passed over without --include-all.`,
		Example: `  cairn run-migration supabase/migrations/20260315100000_add_user_preferences.sql
  cairn run-migration 20260315100000 --dry-run
  cairn run-migration add_user_preferences --local
  cairn run-migration ~/Downloads/fix.sql --db-url "$DATABASE_URL"`,
		Args: takes("FILE"),
	}
	f := cmd.Flags()
	f.BoolVar(&q.DryRun, "dry-run", false, "prove it, print the SQL that would run, and change nothing")
	f.BoolVar(&q.IncludeAll, "include-all", false, "run it although others are pending before it, or applied behind it")
	f.BoolVar(&q.NoProof, "no-proof", false, "do not run it on a copy first")
	runFlags(cmd, &q.RunOptions)
	t := targetsOf(cmd, "run-migration")
	cmd.PreRunE = func(_ *cobra.Command, args []string) (err error) {
		q.File = args[0]
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).RunMigration, func(s *render.Screen, r *app.RunMigrationResult) {
		switch {
		case r.UpToDate:
			s.Printf("%s is applied on %s already.\n", r.File, r.Target)
		case r.DryRun, len(r.Left) > 0:
			showPush(s, &r.PushResult)
		default:
			showByOther(s, r.ByOther)
			if len(r.Applied) > 0 {
				s.Printf("Applied %s to %s.\n", r.File, r.Target)
			}
		}
	})
}
