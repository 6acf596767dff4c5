package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func diffCommand(c *console) *cobra.Command {
	var q app.DiffRequest
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Show the SQL that makes one state of a database of another",
		Long: `Compare two states, and print the statements that make the second of the first. By itself it compares what the
migrations make, on a throwaway server, with the local database: what was changed there by hand becomes a migration.

An end is one of migrations, history (the migrations that the database on the other end has recorded), schemas (the
declarative files), local, linked, a connection string, or the file of a snapshot (cairn db snapshot). The statements
are tried on a copy first. Passwords of foreign servers and subscriptions are each database's own: they are neither
compared nor written. Secrets that people wrote into SQL (bodies of functions, arguments of triggers, commands of cron)
are written as they stand there.

What is no part of what a database holds is not compared: roles, what they may do, are members of and have set, which
all databases of a server share, and what ALTER DATABASE sets for this one. cairn db dump --role-only shows the roles
that users made, and what was changed of anon, authenticated and service_role.`,
		Example: `  cairn db diff
  cairn db diff --from migrations --to "$DATABASE_URL" --check`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.StringVar(&q.From, "from", "", "the `END` to begin with (default migrations)")
	f.StringVar(&q.To, "to", "", "the `END` to end with; in place of a target")
	f.StringSliceVarP(&q.Schemas, "schema", "s", nil, "compare these `SCHEMAS` only, parted by commas")
	f.StringVarP(&q.Name, "file", "f", "", "write a migration of this `NAME`, several where a transaction has to end")
	f.StringVarP(&q.Output, "output", "o", "", "write the statements to this `FILE`")
	f.BoolVar(&q.Down, "with-down", false, "with -f: write the file that reverts the migration too")
	f.BoolVar(&q.AllowLoss, "allow-loss", false, "write statements that lose data too")
	f.BoolVar(&q.Idempotent, "idempotent", false, "write statements that pass where they ran before; tried twice on a copy")
	f.BoolVar(&q.Online, "online", false, "write what is safe on a database in use")
	f.StringVar((*string)(&q.Renames), "renames", "auto", "what may have been renamed: `WAY` is auto, ask or off")
	f.BoolVar(&q.NoProof, "no-proof", false, "do not try the statements on a copy")
	f.BoolVar(&q.Check, "check", false, "exit with 1 where anything differs")
	for _, engine := range []string{"migra", "pg-delta", "pgadmin", "pg-schema"} {
		f.Bool("use-"+engine, false, "taken from the Supabase CLI; there is one engine here")
		_ = f.MarkHidden("use-" + engine)
	}
	t := targetsOf(cmd, "db diff")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		if q.Where, err = t.where(); err != nil {
			return err
		}
		switch q.Renames {
		case app.RenamesAuto, app.RenamesAsk, app.RenamesOff:
		default:
			return usage(cmd, "--renames takes auto, ask or off")
		}
		if q.Down && q.Name == "" {
			return usage(cmd, "--with-down goes with --file")
		}
		way := app.Where{Via: q.Via, Password: q.Password} // to the linked project, where that is an end
		if q.To != "" && q.Where != way {
			return usage(cmd, "--to names the end already: no target goes with it")
		}
		return nil
	}
	return verb(c, cmd, &q, (*app.App).Diff, showDiff)
}

func showDiff(s *render.Screen, r *app.DiffResult) {
	switch {
	case len(r.Changes) == 0:
		s.Printf("No schema changes found.\n")
	case len(r.Written) == 0:
		s.Verbatim(r.SQL)
	}
}
