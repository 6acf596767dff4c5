package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func resetCommand(c *console) *cobra.Command {
	var q app.ResetRequest
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Make the local database anew from the migrations and the seed",
		Long: `Replace the project's local database by a fresh one, with the platform, the migrations and the seed, and leave it
running. Rows that neither migrations nor seed made are lost, so that is asked first. Another database is emptied
instead, after a typed yes.`,
		Example: `  cairn db reset
  cairn db reset --version 20260315100000 --no-seed`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.StringVar(&q.Version, "version", "", "the last `VERSION` to apply")
	f.IntVar(&q.Last, "last", 0, "leave out the last `N` migrations")
	f.BoolVar(&q.NoSeed, "no-seed", false, "do not seed")
	f.StringSliceVar(&q.Seeds, "sql-paths", nil, "seed files or `GLOBS`, in place of those of config.toml")
	strictFlag(cmd, &q.Strict)
	t := targetsOf(cmd, "db reset")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		if q.Version != "" && q.Last != 0 {
			return usage(cmd, "--version and --last exclude each other")
		}
		if q.Last < 0 {
			return usage(cmd, "--last must not be negative")
		}
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).ResetDatabase, func(s *render.Screen, r *app.ResetResult) {
		if len(r.Left) > 0 {
			s.Printf("Emptied %s and applied %d of %s; still to apply: from version %s on.\n",
				r.Target, len(r.Applied), number(len(r.Applied)+len(r.Left), "migration"), r.Left[0])
		} else {
			s.Printf("Reset %s: %s applied, %s run.\n", r.Target, number(len(r.Applied), "migration"), number(len(r.Seeded), "seed file"))
		}
		if r.URL != "" {
			s.Printf("%s\n", r.URL)
		}
	})
}
