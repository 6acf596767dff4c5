package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func baselineCommand(c *console) *cobra.Command {
	var q app.BaselineRequest
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Mark as applied what a database holds already, as far as it is proven",
		Long: `Run the migrations one by one on a throwaway server, look for what each leaves behind in the database, and mark those as
applied that are proven to be there. Nothing of the database is changed but its history.`,
		Example: `  cairn migration baseline --db-url "$DATABASE_URL" --dry-run
  cairn migration baseline --db-url "$DATABASE_URL"`,
		Args: takes(),
	}
	cmd.Flags().BoolVar(&q.DryRun, "dry-run", false, "say what is there, and record nothing")
	t := targetsOf(cmd, "migration baseline")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Baseline, showBaseline)
}

func showBaseline(s *render.Screen, r *app.BaselineResult) {
	style := map[app.Presence]render.Style{app.IsPresent: render.Green, app.IsAbsent: render.Red, app.IsUnseen: render.Yellow}
	for _, b := range r.Migrations {
		s.Styled(style[b.State], "%-8s", b.State)
		s.Printf(" %s\n", b.File)
		for i, lack := range b.Lacks {
			if i == 5 {
				s.Printf("           … and %s\n", number(len(b.Lacks)-i, "more"))
				break
			}
			s.Printf("           %s\n", lack)
		}
	}
	switch {
	case len(r.Recorded) > 0:
		s.Printf("Marked as applied on %s: %s.\n", r.Target, strings.Join(r.Recorded, ", "))
	case r.DryRun:
		s.Printf("Nothing was recorded.\n")
	}
}

// andList is "a, b and c".
func andList(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
