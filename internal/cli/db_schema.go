package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

// schemaCommand holds what works with a schema that is kept as files.
func schemaCommand(c *console) *cobra.Command {
	return group("schema", "Keep the schema as files that say what there shall be",
		group("declarative", "Write the files from a database, and migrations from the files", generateCommand(c), syncCommand(c)))
}

func generateCommand(c *console) *cobra.Command {
	var q app.GenerateRequest
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Write a database's schema as files, one for each object",
		Long: `Write what a database consists of into supabase/schemas: a file for each table, with its columns, constraints, indexes,
policies, triggers, grants and comments, for each view, function, type and so on. What is the platform's is left out.

A file that says the same already keeps its bytes. One that says something else is asked about. One of an object that
is not there stays, unless --overwrite is given.

The files can be loaded in any order: what needs something that comes later is tried again behind it. To give an order
by hand, for tools that load each file once, list files and folders in schema_paths of [db.migrations].`,
		Example: `  cairn db schema declarative generate
  cairn db schema declarative generate --db-url "$DATABASE_URL" --overwrite`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.BoolVar(&q.Overwrite, "overwrite", false, "replace files without asking, and remove those of objects that are gone")
	f.StringVar(&q.Folder, "output-dir", "", "write into this `FOLDER` in place of supabase/schemas")
	f.StringSliceVarP(&q.Schemas, "schema", "s", nil, "write these `SCHEMAS` only, parted by commas")
	noEffect(cmd, "no-cache", "strict-coverage")
	t := targetsOf(cmd, "db schema declarative generate")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Generate, func(s *render.Screen, r *app.GenerateResult) {
		s.Printf("Wrote %s into %s", number(len(r.Written), "file"), r.Folder)
		for _, f := range []struct {
			n    int
			what string
		}{{r.Unchanged, "unchanged"}, {len(r.Removed), "removed"}, {len(r.Stale), "of what is not there"}} {
			if f.n > 0 {
				s.Printf(", %d %s", f.n, f.what)
			}
		}
		s.Printf(".\n")
	})
}

func syncCommand(c *console) *cobra.Command {
	var q app.SyncRequest
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Write the migration that the files of the schema make necessary",
		Long: `Compare what the migrations make with what the files in supabase/schemas say, each on a throwaway server, and write a
migration that takes the one to the other. No database of the project is touched, unless --apply is given.`,
		Example: `  cairn db schema declarative sync -f add_guests
  cairn db schema declarative sync -f add_guests --apply`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.StringVarP(&q.Name, "file", "f", "", "the `NAME` of the migration (default schema)")
	f.StringVar(&q.Name, "name", "", "the same as --file")
	f.StringSliceVarP(&q.Schemas, "schema", "s", nil, "compare these `SCHEMAS` only, parted by commas")
	f.BoolVar(&q.Apply, "apply", false, "run the migration on the local database")
	f.BoolVar(&q.Down, "with-down", false, "write the file that reverts the migration too")
	f.BoolVar(&q.AllowLoss, "allow-loss", false, "write statements that lose data too")
	f.BoolVar(&q.Online, "online", false, "write what is safe on a database in use")
	noEffect(cmd, "no-apply", "no-cache", "strict-coverage")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if q.Apply && cmd.Flags().Changed("no-apply") {
			return usage(cmd, "--apply and --no-apply exclude each other")
		}
		return nil
	}
	return verb(c, cmd, &q, showsFiles(c, (*app.App).Sync), func(s *render.Screen, r *app.SyncResult) {
		if len(r.Changes) == 0 {
			s.Printf("No schema changes found.\n")
			return
		}
		if len(r.Written) > 0 {
			s.Printf("Wrote %s.\n", strings.Join(r.Written, ", "))
		}
		if r.Applied != nil {
			showPush(s, r.Applied)
		}
	})
}

// noEffect gives a command flags of the Supabase CLI that change nothing here.
func noEffect(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		cmd.Flags().Bool(name, false, "")
		_ = cmd.Flags().MarkHidden(name)
	}
}
