package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func listCommand(c *console) *cobra.Command {
	var q app.ListRequest
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the versions of the files and of a database side by side",
		Example: `  cairn migration list --local
  cairn migration list --db-url "$DATABASE_URL" --json`,
		Args: takes(),
	}
	t := targetsOf(cmd, "migration list")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).List, func(s *render.Screen, r *app.Listing) {
		if len(r.Migrations) == 0 {
			s.Printf("There are no migrations, neither as files nor on %s.\n", r.Target)
			return
		}
		table := render.Table{Head: []string{"Local", "Remote", "Time (UTC)", "Name"}}
		for _, m := range r.Migrations {
			table.Rows = append(table.Rows, []string{m.Local, m.Remote, m.Time, m.Name})
		}
		s.Table(table)
	})
}
