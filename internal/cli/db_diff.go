package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func diffCommand(c *console) *cobra.Command {
	var q app.DiffRequest
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Show the SQL that makes one state of a database of another",
		Long: `Compare two states, and print the statements that make the second of the first. By itself it compares what the
migrations make, on a throwaway server, with the local database: what was changed there by hand becomes a migration.

An end is one of migrations, schemas (the declarative files), local, linked, a connection string, or a saved snapshot.`,
		Example: `  cairn db diff
  cairn db diff --from migrations --to "$DATABASE_URL" --check`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.StringVar(&q.From, "from", "", "the `END` to begin with (default migrations)")
	f.StringVar(&q.To, "to", "", "the `END` to end with; in place of a target")
	f.StringSliceVarP(&q.Schemas, "schema", "s", nil, "compare these `SCHEMAS` only, parted by commas")
	f.BoolVar(&q.Online, "online", false, "write what is safe on a database in use")
	f.BoolVar(&q.Check, "check", false, "exit with 1 where anything differs")
	t := targetsOf(cmd, "db diff")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		if q.Where, err = t.where(); err != nil {
			return err
		}
		if q.To != "" && q.Where != (app.Where{}) {
			return usage(cmd, "--to names the end already: no target goes with it")
		}
		return nil
	}
	return verb(c, cmd, &q, (*app.App).Diff, showDiff)
}

func showDiff(s *render.Screen, r *app.DiffResult) {
	if len(r.Changes) == 0 {
		return
	}
	s.Verbatim(r.SQL)
}
