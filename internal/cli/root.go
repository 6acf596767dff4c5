package cli

import (
	"github.com/spf13/cobra"
)

// The headings that commands are listed under.
const (
	everyday = "Everyday commands"
	further  = "Further commands"
)

// NewRoot returns the tree of all commands: for manual pages and for tests. Main runs it.
func NewRoot(d Deps) *cobra.Command { return newConsole(d).root() }

// root returns the tree of commands. A new command is a line here.
func (c *console) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "cairn COMMAND",
		Short: "Migrations for Postgres and Supabase, without Docker",
		Long: `cairn is the migration system for Postgres and Supabase. It applies a folder of SQL files to a database, keeps the
history that the Supabase CLI and dashboard read, and starts a local Postgres by itself: no Docker.`,
		Example: `  cairn init
  cairn new add_products --table 'products(name text!, price numeric)' --owner user_id
  cairn db reset
  cairn db query 'table products'
  cairn status`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	listed := func(heading string, cmds ...*cobra.Command) {
		if !root.ContainsGroup(heading) {
			root.AddGroup(&cobra.Group{ID: heading, Title: heading})
		}
		for _, cmd := range cmds {
			cmd.GroupID = heading
			root.AddCommand(cmd)
		}
	}
	second := func(cmd *cobra.Command, first string) *cobra.Command {
		cmd.Annotations = map[string]string{sameAs: first}
		return cmd
	}
	listed(everyday,
		initCommand(c),
		second(newCommand(c), "migration new"),
		statusCommand(c),
		doctorCommand(c),
		templateCommand(c),
		runMigrationCommand(c),
		watchCommand(c),
		group("migration", "Work with migration files and the history",
			newCommand(c), listCommand(c), second(statusCommand(c), "status"), upCommand(c), downCommand(c), repairCommand(c),
			fetchCommand(c), adoptCommand(c), baselineCommand(c), checkCommand(c)),
		group("db", "Work with databases, the local one first",
			startCommand(c), stopCommand(c), databaseStatusCommand(c), resetCommand(c), pushCommand(c), diffCommand(c), pullCommand(c), seedCommand(c), queryCommand(c),
			dumpCommand(c), snapshotCommand(c), inspectCommand(c), schemaCommand(c),
			unlockCommand(c)),
	)
	listed(further,
		loginCommand(c),
		logoutCommand(c),
		linkCommand(c),
		unlinkCommand(c),
		projectsCommand(c),
		group("run", "Look at runs and settle what they left open", runShowCommand(c), runResolveCommand(c)),
		devCommand(c),
		completionCommand(c),
		versionCommand(c),
	)

	asGroup(root)
	version := root.Flags().Bool("version", false, "print which cairn this is")
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *version && len(args) == 0 {
			v, _, err := cmd.Find([]string{"version"})
			if err != nil {
				return err
			}
			v.SetContext(cmd.Context())
			return v.RunE(v, nil)
		}
		return needsCommand(cmd, args)
	}
	c.globals(root)
	root.SetOut(c.Stdout)
	root.SetErr(c.Stderr)
	root.SetHelpCommand(helpCommand())
	root.SetHelpFunc(c.help)
	root.SetFlagErrorFunc(c.flagError)
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return c.settle(cmd) }
	return root
}
