package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func snapshotCommand(c *console) *cobra.Command {
	var q app.SnapshotRequest
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Keep what a database consists of as a file that db diff compares with",
		Long: `Write down all objects of a database as they are now, tables, columns, policies, grants and so on, as JSON. Later,
cairn db diff takes the file as an end: what has changed since, on this database or another, without a connection to the
one that the file was made from. Nothing in the database is changed.

There are no rows in it. '***' stands for secrets in options of foreign servers, tables and user mappings and in how
subscriptions connect: what is named as one, and passwords in connection strings. What people wrote into SQL themselves
(functions and what they set, views, arguments of triggers, commands of cron, defaults, comments) is kept word by word:
look there for tokens before you hand the file on.`,
		Example: `  cairn db snapshot --db-url "$DATABASE_URL" -o before.json
  cairn db diff --from before.json --to "$DATABASE_URL"`,
		Args: takes(),
	}
	cmd.Flags().StringVarP(&q.Output, "output", "o", "", "write to this `FILE`; without it, or with -, to standard output")
	t := targetsOf(cmd, "db snapshot")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		if q.Output == "-" {
			q.Output = ""
		}
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, showsFiles(c, (*app.App).Snapshot), func(s *render.Screen, r *app.SnapshotResult) {
		if r.File == "" {
			s.Verbatim(string(r.Snapshot))
			return
		}
		s.Printf("Wrote %s of %s to %s.\n", number(r.Objects, "object"), r.Target, r.File)
	})
}
