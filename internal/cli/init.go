package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func initCommand(c *console) *cobra.Command {
	var q app.InitRequest
	var from, password hidden
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a project in this folder",
		Long: `Write supabase/config.toml, supabase/migrations/ and an empty supabase/seed.sql, as the Supabase CLI would; in a git
repository .gitignore entries too. With --plain, for Postgres without Supabase: cairn.toml, migrations/ and seed.sql.
What is there already stays as it is, so that running it again does no harm.

--from makes the project of a database that is in use: a hosted project, by its ref, its URL or its page in the
dashboard, or any Postgres, by its connection string. The configuration is for the Postgres and the platform that are
found there; a hosted project is linked; what the database's history remembers becomes files; and what no recorded
migration makes, one more migration. A replay proves that all of them make what the database holds, before the last is
marked as applied there, which is asked about. A run that was cut short goes on where it stopped when it is run again.`,
		Example: `  cairn init
  cairn init --from abcdefghijklmnopqrst
  cairn init --from "$DATABASE_URL" --yes
  cairn init --plain --name shop`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.BoolVar(&q.Plain, "plain", false, "for Postgres without Supabase: no platform, no supabase folder")
	f.StringVar(&q.Name, "name", "", "the `NAME` of the project on this machine (default: that of its folder)")
	f.BoolVar(&q.Force, "force", false, "write the configuration anew; migrations and seed stay")
	f.Var(&from, "from", "make the project of this database: a project's `REF` or URL, or a connection string")
	f.BoolVar(&q.Baseline, "baseline", false, "with --from: write one migration in place of those that the database's history remembers")
	f.Var(&choice{&q.From.Via, []string{app.ViaAuto, app.ViaDirect, app.ViaPooler, app.ViaAPI}}, "via",
		"with --from: the way to a hosted project: auto, direct, pooler or api")
	f.VarP(&password, "password", "p", "with --from: the hosted database's `PASSWORD`; SUPABASE_DB_PASSWORD is better")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		text := from.text.Reveal()
		switch {
		case from.set && text == "":
			return emptyURL("--from")
		case !from.set && (q.From.Via != "" || password.set):
			return usage(cmd, "--via and --password go with --from")
		case isDatabase(text):
			q.From = app.Where{URL: from.text}
		default:
			q.From.Project, q.From.Password = text, password.text
		}
		return nil
	}
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
		if r.From != nil {
			c.showFrom(s, r.From)
		}
		showNext(s, r.Next)
	})
}

// showFrom says what a project has from its database.
func (c *console) showFrom(s *render.Screen, f *app.InitFrom) {
	name := map[string]string{"supabase": "a Supabase project", "none": "plain Postgres"}[f.Platform]
	s.Printf("%s is %s, Postgres %d.\n", f.Target, name, f.Major)
	if len(f.Fetched) > 0 {
		s.Printf("Its history remembers %s without a file here: written now.\n", number(len(f.Fetched), "migration"))
	}
	if len(f.Pulled) > 0 {
		s.Printf("It holds %s that no recorded migration makes: %s does.\n", number(f.Objects, "object"), c.near(f.Pulled[0]))
	}
	if f.Proven {
		s.Styled(render.Green, "Proven:")
		s.Printf(" the migrations replay to what the database holds. What its server has beside it is not compared: roles, their\n" +
			"memberships and settings (cairn db dump --role-only).\n")
	}
	if len(f.Recorded) > 0 {
		s.Printf("The history of the database holds %s since.\n", andList(f.Recorded))
	}
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
