package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func fetchCommand(c *console) *cobra.Command {
	var q app.FetchRequest
	cmd := &cobra.Command{
		Use:     "fetch",
		Short:   "Write the migrations that a database remembers as files",
		Example: `  cairn migration fetch --db-url "$DATABASE_URL"`,
		Args:    takes(),
	}
	t := targetsOf(cmd, "migration fetch")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Fetch, func(s *render.Screen, r *app.FetchResult) {
		s.Printf("Wrote %s from %s.\n", number(len(r.Written), "file"), r.Target)
		if len(r.Kept) > 0 {
			s.Printf("%s already said the same and stayed.\n", number(len(r.Kept), "file"))
		}
	})
}
