package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/render"
)

// newCommand is both `cairn migration new` and `cairn new`.
func newCommand(c *console) *cobra.Command {
	var q app.NewRequest
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write a new migration: empty, from standard input, a template or a table",
		Long: `Write supabase/migrations/<moment>_<name>.sql. NAME may be any text; in the file's name it is made of small letters,
digits and "_".

What stands on standard input becomes its text, byte for byte. With --template, --table or --ask it is made instead,
and standard input is not read.

A table is written as NAME(COLUMN TYPE MARKS, ...). The marks are: ! not null, unique, =EXPRESSION default,
->TABLE reference. Its id, owner, created_at and updated_at, row level security and policies come by themselves.`,
		Example: `  cairn migration new add_user_settings
  cairn migration new "add a waiting list" < draft.sql
  cairn migration new products --table 'products(name text!, price numeric)' --owner user_id --index name --updated-at
  cairn migration new guests --template add-column --set table=events --set column=max_guests
  cairn migration new products --ask`,
		Args: inQuotes("NAME", "the name"),
		PreRunE: func(_ *cobra.Command, args []string) error {
			q.Name = args[0]
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := cmd.Flags()
	f.StringVar(&q.Template, "template", "", "start from this `TEMPLATE`; cairn template list names them")
	f.Var((*pairs)(&q.Set), "set", "the value of a parameter of the template; once for each")
	f.StringVar(&q.Table, "table", "", "make this `TABLE`, with row level security")
	f.StringVar(&q.Owner, "owner", "", "with --table: the `COLUMN` with the user a row belongs to; without, the table is the service role's")
	f.StringVar(&q.Read, "read", "", "with --owner: `WHO` may read the rows: owner (default), signed-in or everyone")
	f.StringArrayVar(&q.Indexes, "index", nil, "with --table: an index on these `COLUMNS`, parted by commas; once for each index")
	f.BoolVar(&q.UpdatedAt, "updated-at", false, "with --table: a column updated_at, and the trigger that sets it")
	f.BoolVar(&q.Ask, "ask", false, "ask for the table, its policies and its indexes, one by one")
	f.BoolVar(&q.FromDiff, "from-diff", false, "write what the local database has and the migrations do not make; the same as cairn db diff -f NAME")
	f.BoolVar(&q.Idempotent, "idempotent", false, "with --from-diff: write statements that pass where they ran before")
	f.BoolVar(&q.Down, "with-down", false, "with --from-diff: write the file that reverts it too")
	f.BoolVar(&q.Numbered, "number", false, "go on with short numbers, 00103 behind 00102, instead of the moment")
	completeTemplates(cmd)
	return verb(c, cmd, &q, func(a *app.App, ctx context.Context, q app.NewRequest, s event.Sink) (_ *app.NewResult, err error) {
		if q.Template == "" && q.Table == "" && !q.Ask && !q.FromDiff && c.piped() {
			if q.Body, err = c.standardInput(ctx, "the migration's text"); err != nil {
				return nil, err
			}
		}
		return a.New(ctx, q, s)
	}, func(s *render.Screen, r *app.NewResult) {
		if len(r.Migrations) == 0 {
			s.Printf("No schema changes found.\n")
		}
		for _, m := range r.Migrations {
			s.Printf("Created new migration at %s\n", c.near(m.Path))
		}
	})
}

// completeTemplates completes the name behind --template.
func completeTemplates(cmd *cobra.Command) {
	err := cmd.RegisterFlagCompletionFunc("template", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return templateNames(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag is there
	}
}
