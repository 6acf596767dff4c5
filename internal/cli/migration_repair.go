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
local files. The SQL of a file is never run.`,
		Example: `  cairn migration repair --status applied 20260315100000 --db-url "$DATABASE_URL"
  cairn migration repair --accept 20260315100000 --reason "comment mended" --local`,
		Args: takes("[VERSION...]"),
	}
	f := cmd.Flags()
	f.StringVar(&q.Status, "status", "", "what to mark the versions as: `applied` or reverted")
	f.StringVar(&q.Accept, "accept", "", "record the present text of this edited `VERSION`")
	f.StringVar(&q.Reason, "reason", "", "why, for --accept; kept in the run's journal")
	t := targetsOf(cmd, "migration repair")
	cmd.PreRunE = func(_ *cobra.Command, args []string) (err error) {
		q.Versions = args
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Repair, func(s *render.Screen, r *app.RepairResult) {
		if q.Accept != "" {
			s.Printf("Recorded the present text of migration %s on %s.\n", q.Accept, r.Target)
			return
		}
		s.Printf("Repaired migration history: [%s] => %s\n", strings.Join(r.Versions, " "), r.Status)
	})
}
