package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func adoptCommand(c *console) *cobra.Command {
	var q app.AdoptRequest
	var on hidden
	cmd := &cobra.Command{
		Use:   "adopt DIR",
		Short: "Make migrations of a folder of SQL files that have no versions",
		Long: `Find an order in which Postgres takes the files of a folder, by running them on a throwaway server behind the
migrations that are there already, and write copies with versions into the migrations folder: all of them or none.
The files themselves stay where they are. A down file beside its up file becomes a down file in supabase/rollbacks.`,
		Example: `  cairn migration adopt migrations --dry-run
  cairn migration adopt sql/schema`,
		Args: takes("DIR"),
		PreRunE: func(_ *cobra.Command, args []string) error {
			q.Dir = args[0]
			switch text := on.text.Reveal(); {
			case on.set && text == "":
				return emptyURL("--applied-on")
			case text == app.EndLocal:
				q.AppliedOn.Local = true
			case text == app.EndLinked:
				q.AppliedOn.Linked = true
			default:
				q.AppliedOn.URL = on.text
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	f := cmd.Flags()
	f.BoolVar(&q.DryRun, "dry-run", false, "find the order and print it, and write nothing")
	f.BoolVar(&q.KeepNumbers, "keep-numbers", false, "take the number that a file's name begins with as its version; all must have one, in that order")
	f.Var(&on, "applied-on", "mark them as applied on this `DATABASE`, local, linked or a URL, as far as it is proven to hold what they make")
	return verb(c, cmd, &q, showsFiles(c, (*app.App).Adopt), c.showAdopted)
}

func (c *console) showAdopted(s *render.Screen, r *app.AdoptResult) {
	if len(r.Order) == 0 {
		s.Printf("Nothing to adopt: %s a migration already.\n", are(len(r.Already), "file"))
		return
	}
	t := render.Table{Head: []string{"File", "Migration"}}
	for _, m := range r.Order {
		t.Rows = append(t.Rows, []string{c.near(m.From), c.near(m.To)})
		if m.Down != nil {
			t.Rows = append(t.Rows, []string{c.near(m.Down.From), c.near(m.Down.To)})
		}
	}
	s.Table(t)
	if r.DryRun {
		s.Printf("Postgres takes them in this order. Nothing was written; without --dry-run the copies are.\n")
		return
	}
	s.Printf("Adopted %s, in an order that Postgres takes. The originals are where they were.\n", number(len(r.Order), "file"))
	if r.Baseline != nil {
		showBaseline(s, r.Baseline)
		return
	}
	versions := make([]string, len(r.Order))
	for i, m := range r.Order {
		versions[i] = m.Version
	}
	s.Printf("Next: cairn migration up  applies them to the local database\n")
	s.Printf("A database on which they ran already is told so, and nothing runs:\n  cairn migration baseline --db-url URL\n")
}

// are writes "1 file is", "3 files are".
func are(n int, noun string) string {
	if n == 1 {
		return number(n, noun) + " is"
	}
	return number(n, noun) + " are"
}
