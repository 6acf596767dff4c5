package cli

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/render"
)

// runFlags gives cmd the flags that bound what a run waits for.
func runFlags(cmd *cobra.Command, o *app.RunOptions) {
	d := apply.Defaults()
	f := cmd.Flags()
	f.DurationVar(&o.LockTimeout, "lock-timeout", d.LockTimeout, "a statement's wait for a lock on a table, before the file is tried again")
	f.DurationVar(&o.LockWait, "lock-wait", d.LockWait, "the wait for the migration lock, and for table locks over all tries")
	f.DurationVar(&o.StatementTimeout, "statement-timeout", 0, "the most that a statement may take (default: no limit)")
	f.BoolVar(&o.Chain, "chain", false, "send each COMMIT with the next file: one round trip a file, for slow links")
	for _, name := range []string{"lock-timeout", "lock-wait", "statement-timeout", "chain"} {
		f.Lookup(name).Annotations = map[string][]string{heading: {"Waiting"}}
	}
}

// strictFlag gives cmd the flag that refuses what is otherwise skipped with a warning.
func strictFlag(cmd *cobra.Command, strict *bool) {
	cmd.Flags().BoolVar(strict, "strict", false, "refuse to run where a file would be skipped for its name, instead of warning")
}

// showByOther says who applied what this run found applied.
func showByOther(s *render.Screen, done []apply.Done) {
	for _, d := range done {
		if d.Outcome == event.ByOther && d.Run != "" {
			s.Printf("%s was applied by run %s.\n", d.File, d.Run)
		}
	}
}

// number writes "1 migration", "3 migrations".
func number(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
