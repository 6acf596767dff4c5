package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func linkCommand(c *console) *cobra.Command {
	var q app.LinkRequest
	var password hidden
	cmd := &cobra.Command{
		Use:   "link [PROJECT]",
		Short: "Link this project to a hosted one",
		Long: `Remember which hosted project this one belongs to, in the files of the Supabase CLI (supabase/.temp). The project is
named by its ref, its URL, its page in the dashboard, or the name of its [remotes] block. Under CI=true what a push
needs is kept for the later steps of the job, sealed in a file that only you may read.`,
		Example: `  cairn link --project-ref abcdefghijklmnopqrst
  cairn link https://abcdefghijklmnopqrst.supabase.co`,
		Args: takes("[PROJECT]"),
	}
	f := cmd.Flags()
	f.StringVar(&q.Project, "project-ref", "", "the project of this `REF`")
	f.VarP(&password, "password", "p", "the database's `PASSWORD`, for the later steps of a CI job")
	f.BoolVar(&q.SkipPooler, "skip-pooler", false, "do not remember the pooler's address")
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		q.Password = password.text
		switch {
		case len(args) > 0 && cmd.Flags().Changed("project-ref"):
			return usage(cmd, "the project is named by an argument or by --project-ref, not by both")
		case len(args) > 0:
			q.Project = args[0]
		case cmd.Flags().Changed("project-ref") && q.Project == "":
			return emptyURL("--project-ref")
		}
		return nil
	}
	return verb(c, cmd, &q, (*app.App).Link, func(s *render.Screen, r *app.LinkResult) {
		name := r.Name
		if name == "" {
			name = r.Ref
		}
		s.Printf("Linked to project %s (%s).\n", name, r.Ref)
	})
}

func unlinkCommand(c *console) *cobra.Command {
	var q app.UnlinkRequest
	cmd := &cobra.Command{
		Use: "unlink", Short: "Forget which hosted project this one is linked to", Example: "  cairn unlink", Args: takes(),
	}
	return verb(c, cmd, &q, (*app.App).Unlink, func(s *render.Screen, r *app.UnlinkResult) {
		if r.Ref == "" {
			s.Printf("This project was not linked.\n")
			return
		}
		s.Printf("Unlinked from project %s.\n", r.Ref)
	})
}

func projectsCommand(c *console) *cobra.Command {
	var q app.ProjectsRequest
	list := &cobra.Command{
		Use: "list", Short: "List the hosted projects that your access token can see", Example: "  cairn projects list", Args: takes(),
	}
	return group("projects", "Look at hosted projects", verb(c, list, &q, (*app.App).Projects, func(s *render.Screen, r *app.ProjectsResult) {
		if len(r.Projects) == 0 {
			s.Printf("The access token sees no projects.\n")
			return
		}
		table := render.Table{Head: []string{"Linked", "Ref", "Name", "Organization", "Region", "Status"}}
		for _, p := range r.Projects {
			mark := ""
			if p.Linked {
				mark = "*"
			}
			table.Rows = append(table.Rows, []string{mark, p.Ref, p.Name, p.Organization, p.Region, p.Status})
		}
		s.Table(table)
	}))
}
