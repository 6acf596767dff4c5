package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func initCommand(c *console) *cobra.Command {
	var q app.InitRequest
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a project in this folder",
		Long: `Write supabase/config.toml, supabase/migrations/ and an empty supabase/seed.sql, as the Supabase CLI would; in a git
repository .gitignore entries too. With --plain, for Postgres without Supabase: cairn.toml, migrations/ and seed.sql.
What is there already stays as it is, so that running it again does no harm.`,
		Example: `  cairn init
  cairn init --plain --name shop`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.BoolVar(&q.Plain, "plain", false, "for Postgres without Supabase: no platform, no supabase folder")
	f.StringVar(&q.Name, "name", "", "the `NAME` of the project on this machine (default: that of its folder)")
	f.BoolVar(&q.Force, "force", false, "write the configuration anew; migrations and seed stay")
	return verb(c, cmd, &q, (*app.App).Init, func(s *render.Screen, r *app.InitResult) {
		for _, name := range r.Written {
			path := c.near(filepath.Join(r.Root, name))
			if name[len(name)-1] == '/' {
				path += "/"
			}
			s.Printf("Wrote %s\n", path)
		}
		for _, name := range r.Kept {
			s.Printf("Kept %s, which was there already\n", c.near(filepath.Join(r.Root, name)))
		}
		showNext(s, r.Next)
	})
}

// showNext says how to go on.
func showNext(s *render.Screen, next []app.Next) {
	wide := 0
	for _, n := range next {
		wide = max(wide, render.Width(render.Clean(n.Command)))
	}
	for i, n := range next {
		head := "Next:"
		if i > 0 {
			head = ""
		}
		s.Printf("%-5s %-*s  %s\n", head, wide, n.Command, n.For)
	}
}
