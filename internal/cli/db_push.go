package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func pushCommand(c *console) *cobra.Command {
	var q app.PushRequest
	cmd := &cobra.Command{
		Use:   "push",
		Short: "Apply pending migrations to the linked project or another database",
		Long: `Apply the migrations that the database has not seen yet, each in a transaction of its own, in the order of their
versions. Before anything changes on a database that is not local, the moment to restore to is printed and kept.`,
		Example: `  cairn db push
  cairn db push --remote=staging --dry-run
  cairn db push --db-url "$DATABASE_URL" --dry-run
  cairn db push --db-url "$DATABASE_URL"
  cairn db push --local --include-seed`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.BoolVar(&q.DryRun, "dry-run", false, "print the SQL that would run, and change nothing")
	f.BoolVar(&q.WithHistory, "with-history", false, "with --dry-run: print a script that also records what it does, for an SQL editor")
	f.BoolVar(&q.IncludeAll, "include-all", false, "apply migrations below the last applied version too")
	f.BoolVar(&q.IncludeSeed, "include-seed", false, "run seed files that never ran there")
	f.BoolVar(&q.Roles, "include-roles", false, "run supabase/roles.sql first")
	f.BoolVar(&q.SkipVault, "skip-vault", false, "do not write the secrets of [db.vault]")
	f.BoolVar(&q.Atomic, "atomic", false, "apply everything in one transaction")
	f.BoolVar(&q.ByPlatform, "platform-history", false,
		"let the platform run and record, for a token that may do no more: the versions become those of its clock, and files are renamed to them")
	strictFlag(cmd, &q.Strict)
	runFlags(cmd, &q.RunOptions)
	t := targetsOf(cmd, "db push")
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) (err error) {
		if q.WithHistory && !q.DryRun {
			return usage(cmd, "--with-history goes with --dry-run")
		}
		if q.ByPlatform && (q.Atomic || q.IncludeSeed || q.Roles || q.WithHistory) {
			return usage(cmd, "--platform-history runs migrations one by one, and nothing else: --atomic, --include-seed, --include-roles and --with-history do not go with it")
		}
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Push, showPush)
}

func showPush(s *render.Screen, r *app.PushResult) {
	switch {
	case r.DryRun && r.UpToDate:
		s.Printf("%s is up to date: nothing would run.\n", r.Target)
	case r.DryRun:
		if r.Roles != "" {
			s.Printf("-- would run %s first\n", r.Roles)
		}
		if len(r.Vault) > 0 {
			s.Printf("-- would write these secrets into the vault: %s\n", strings.Join(r.Vault, ", "))
		}
		s.Verbatim(r.Script)
	case r.UpToDate:
		s.Printf("%s is up to date.\n", r.Target)
	case len(r.Left) > 0:
		showByOther(s, r.ByOther)
		done := len(r.Applied) + len(r.ByOther)
		s.Printf("Applied %d of %s to %s; still to apply: from version %s on.\n",
			len(r.Applied), number(done+len(r.Left), "migration"), r.Target, r.Left[0])
	default:
		showByOther(s, r.ByOther)
		if len(r.Applied) > 0 || len(r.Seeded) == 0 {
			s.Printf("Applied %s to %s.\n", number(len(r.Applied), "migration"), r.Target)
		}
		if r.Roles != "" {
			s.Printf("Ran %s.\n", r.Roles)
		}
		if len(r.Vault) > 0 {
			s.Printf("Wrote %s into the vault.\n", number(len(r.Vault), "secret"))
		}
		if len(r.Seeded) > 0 {
			s.Printf("Seeded from %s.\n", number(len(r.Seeded), "file"))
		}
	}
}
