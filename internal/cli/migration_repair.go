package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func repairCommand(c *console) *cobra.Command {
	var q app.RepairRequest
	cmd := &cobra.Command{
		Use:   "repair [VERSION...]",
		Short: "Change the history without running anything",
		Long: `Mark versions as applied or reverted in the history table. Without a version the whole history is made to match the
local files. The SQL of a file is never run.

--auto is for versions that a dashboard, or a tool that works through the platform, made up: each is compared with the
files that are not recorded, statement by statement, without regard to white space and comments. Those that are the same
are given the version of the file, once a replay has shown that the history then still makes what is there. Where
nothing is recorded of what ran, a file of the same name counts if the database holds what it makes. What is only
alike is told, and left.`,
		Example: `  cairn migration repair --auto --dry-run
  cairn migration repair --status applied 20260315100000 --db-url "$DATABASE_URL"
  cairn migration repair --accept 20260315100000 --reason "comment mended" --local`,
		Args: takes("[VERSION...]"),
	}
	f := cmd.Flags()
	f.StringVar(&q.Status, "status", "", "what to mark the versions as: `applied` or reverted")
	f.StringVar(&q.Accept, "accept", "", "record the present text of this edited `VERSION`")
	f.StringVar(&q.Reason, "reason", "", "why, for --accept; kept in the run's journal")
	f.BoolVar(&q.Auto, "auto", false, "give recorded versions without a file the version of the file that says the same")
	f.BoolVar(&q.DryRun, "dry-run", false, "with --auto: show what is the same, and record nothing")
	f.BoolVar(&q.NoProof, "no-proof", false, "with --auto: do not replay the history as it would be")
	t := targetsOf(cmd, "migration repair")
	cmd.PreRunE = func(_ *cobra.Command, args []string) (err error) {
		q.Versions = args
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Repair, func(s *render.Screen, r *app.RepairResult) {
		if r.Auto != nil {
			showReconciled(s, r)
			return
		}
		if q.Accept != "" {
			s.Printf("Recorded the present text of migration %s on %s.\n", q.Accept, r.Target)
			return
		}
		s.Printf("Repaired migration history: [%s] => %s\n", strings.Join(r.Versions, " "), r.Status)
	})
}

func showReconciled(s *render.Screen, r *app.RepairResult) {
	if len(r.Auto.Versions) == 0 {
		s.Printf("Every version that %s has recorded has its file.\n", r.Target)
		showNext(s, r.Auto.Next)
		return
	}
	table := render.Table{Head: []string{"Recorded", "Name", "File", "Becomes", "Why", "There"}}
	for _, v := range r.Auto.Versions {
		table.Rows = append(table.Rows, []string{v.Version, v.Name, v.File[strings.LastIndex(v.File, "/")+1:], v.To, v.Why, string(v.State)})
	}
	s.Table(table)
	switch {
	case len(r.Versions) > 0:
		s.Printf("Renamed %s in the history of %s.\n", number(len(r.Versions), "version"), r.Target)
	case r.Auto.DryRun:
		s.Printf("Nothing was recorded.\n")
	}
	showNext(s, r.Auto.Next)
}
