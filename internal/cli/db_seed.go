package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func seedCommand(c *console) *cobra.Command {
	var q app.SeedRequest
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Run the seed files that never ran on a database",
		Example: `  cairn db seed
  cairn db seed --sql-paths ./seeds/demo.sql`,
		Args: takes(),
	}
	cmd.Flags().StringSliceVar(&q.Paths, "sql-paths", nil, "seed files or `GLOBS`, in place of those of config.toml")
	t := targetsOf(cmd, "db seed")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Seed, func(s *render.Screen, r *app.SeedResult) {
		if r.UpToDate {
			s.Printf("Seed files are up to date.\n")
			return
		}
		if len(r.Seeded) > 0 || len(r.Rehashed) == 0 {
			s.Printf("Seeded from %s.\n", number(len(r.Seeded), "file"))
		}
		for _, path := range r.Rehashed {
			s.Printf("%s ran before and was changed since: it was not run again, only its hash is updated.\n", path)
		}
		if len(r.Rehashed) > 0 && q.URL.IsZero() && !q.Linked {
			s.Printf("`cairn db reset` seeds anew.\n")
		}
	})
}
