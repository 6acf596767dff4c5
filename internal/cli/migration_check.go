package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/render"
)

func checkCommand(c *console) *cobra.Command {
	var q app.CheckRequest
	var like hidden
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say whether the migrations run from the first to the last, and why not",
		Long: `Look at the names of the migration files, then run them all on a throwaway server that holds what the project's
databases hold before the first migration. A file that fails does not end the check: the ones behind it run too, and
those that fail only because of an earlier one are counted with it. No database of the project is touched.`,
		Example: `  cairn migration check
  cairn migration check --like "$DATABASE_URL"
  cairn migration check --no-replay --json`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.BoolVar(&q.NoReplay, "no-replay", false, "look at the files only, and run nothing")
	f.Var(&like, "like", "replay on the Postgres version and default privileges of the database at this `URL`; only its catalog is read")
	f.StringVar(&q.Exposure, "exposure", "", "what the API roles get of new objects in public, as the platform has it: `classic` or not-exposed")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		switch {
		case like.set && like.text.IsZero():
			return emptyURL("--like")
		case q.NoReplay && (like.set || q.Exposure != ""):
			return usage(cmd, "--no-replay runs nothing that --like or --exposure could be for")
		}
		q.Like = like.text
		return nil
	}
	return verb(c, cmd, &q, func(a *app.App, ctx context.Context, q app.CheckRequest, s event.Sink) (*app.CheckResult, error) {
		return a.Check(ctx, q, func(e event.Event) {
			switch e.(type) {
			case event.MigrationStarted, event.StatementStarted, event.StatementDone, event.MigrationDone, event.Notice:
				if !c.events { // that each file runs is what one expects
					return
				}
			}
			s(e)
		})
	}, c.showChecked)
}

func (c *console) showChecked(s *render.Screen, r *app.CheckResult) {
	if r.Replay == nil {
		s.Printf("%s: %s, %s, %s\n", number(r.Migrations, "migration"), number(r.Errors, "error"), number(r.Warnings, "warning"), number(r.Notes, "note"))
		return
	}
	for _, cause := range r.Replay.Causes {
		line := fmt.Sprintf("%s:%d  %s", cause.At.File, cause.At.Line, cause.Message)
		if n := len(cause.Follow); n > 0 {
			line += fmt.Sprintf("  (and %s)", number(n, "more file"))
		}
		s.Printf("%s\n", line)
	}
	if r.Replay.Files == 0 {
		s.Printf("there are no migrations to replay\n")
		return
	}
	s.Printf("%d of %s\n", r.Replay.Replayed, replays(r.Replay.Files))
}

// replays is "40 files replay".
func replays(n int) string {
	if n == 1 {
		return "1 file replays"
	}
	return number(n, "file") + " replay"
}
