package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func watchCommand(c *console) *cobra.Command {
	var q app.WatchRequest
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Prove and apply migrations as their files are written",
		Long: `Watch the migrations folder. Each file that is new or changed is tried on a throwaway server that has run what the
database has, and then applied: to the local database at once; to another one that is named as well, after a yes at the
terminal to exactly these files. --yes and CI=true are no such yes.

A file counts once nothing was written for a moment and its last statement ends with ";". Ctrl-C ends it.`,
		Example: `  cairn watch
  cairn watch --linked`,
		Args: takes(),
	}
	cmd.Flags().BoolVar(&q.NoProof, "no-proof", false, "do not run files on a copy first")
	runFlags(cmd, &q.RunOptions)
	t := targetsOf(cmd, "watch")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Watch, func(s *render.Screen, r *app.WatchResult) {
		s.Printf("Watched for %s: %s applied.\n", render.Duration(r.Elapsed), number(len(r.Applied), "file"))
		for _, file := range r.Failed {
			s.Printf("%s does not run as it stands.\n", file)
		}
		if n := len(r.Pending); n > 0 {
			s.Printf("%s not applied everywhere; `cairn status` says which.\n", number(n, "file"))
		}
	})
}
