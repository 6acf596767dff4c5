package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
	"github.com/cairndb/cairn/internal/scaffold"
)

func templateCommand(c *console) *cobra.Command {
	return group("template", "Patterns that a new migration can start from", templateList(c), templateShow(c))
}

func templateList(c *console) *cobra.Command {
	var q app.TemplateListRequest
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the templates",
		Long:    "List the patterns that `cairn migration new NAME --template TEMPLATE` can start from.",
		Example: "  cairn template list\n  cairn template list --json",
		Args:    takes(),
	}
	return verb(c, cmd, &q, (*app.App).TemplateList, func(s *render.Screen, r *app.TemplateListResult) {
		t := render.Table{Head: []string{"Template", "What it is for"}}
		for _, x := range r.Templates {
			t.Rows = append(t.Rows, []string{x.Name, x.Summary})
		}
		s.Table(t)
	})
}

func templateShow(c *console) *cobra.Command {
	var q app.TemplateShowRequest
	cmd := &cobra.Command{
		Use:   "show TEMPLATE",
		Short: "Print the SQL of a template",
		Long:  "Print the SQL that a template makes, and its parameters. What is printed can be run as it stands.",
		Example: `  cairn template show owner-table
  cairn template show add-column --set table=events --set column=max_guests`,
		Args: takes("TEMPLATE"),
		PreRunE: func(_ *cobra.Command, args []string) error {
			q.Name = args[0]
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			names := templateNames()
			return names[:len(names)*(1-min(len(args), 1))], cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().Var((*pairs)(&q.Set), "set", "the value of a parameter; once for each")
	return verb(c, cmd, &q, (*app.App).TemplateShow, func(s *render.Screen, r *app.TemplateShowResult) {
		s.Printf("-- %s: %s.\n", r.Template.Name, strings.TrimSuffix(r.Template.Summary, "."))
		for _, p := range r.Template.Parameters {
			s.Printf("--   --set %s=%s  %s\n", p.Name, p.Default, p.Meaning)
		}
		for _, m := range r.Migrations {
			if m.Suffix != "" {
				s.Printf("\n-- NAME_%s.sql", m.Suffix)
			}
			s.Verbatim("\n" + m.SQL)
		}
	})
}

// templateNames are the names of the templates, for a shell to complete.
func templateNames() []string {
	var names []string
	for _, t := range scaffold.List() {
		names = append(names, cobra.CompletionWithDesc(t.Name, t.Summary))
	}
	return names
}
