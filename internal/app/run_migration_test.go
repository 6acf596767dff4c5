package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
)

// TestCopyThatDidNotRun: what is taken away again is the copy that this run wrote, as it wrote it, and of which nothing ran.
func TestCopyThatDidNotRun(t *testing.T) {
	t.Parallel()
	const sleeps = "do $$ begin raise notice 'here'; perform pg_sleep(60); end $$;\n"
	const steps = "create table t (id int);\ncreate index concurrently t_id on t (id);\n" + sleeps
	const fails = "select 1;\nselect 1/0;\n"
	for name, c := range map[string]struct {
		text   string // a notice of which interrupts the run
		other  string // what another process puts there at the question
		answer string
		edited string // what the copy becomes as its first statement runs
		exit   finding.Exit
		stays  string
	}{
		"it fails":                           {text: fails, answer: "yes", exit: finding.Failed},
		"it fails, and was edited meanwhile": {text: fails, answer: "yes", edited: "select 2;\n", exit: finding.Failed, stays: "select 2;\n"},
		"another one came first":             {text: fails, other: fails, answer: "yes", exit: finding.Usage, stays: fails},
		"no, and another one is there":       {text: fails, other: "select 3;\n", answer: "no", exit: finding.Refused, stays: "select 3;\n"},
		"interrupted":                        {text: "select 1;\n" + sleeps, answer: "yes", exit: finding.Interrupted},
		"interrupted behind a part":          {text: steps, answer: "yes", exit: finding.Partial, stays: steps},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := pgtest.Start(t, 17)
			w := newWorkshop(t, map[string]string{"supabase/config.toml": "[cairn]\nplatform = \"none\"\n", "elsewhere/20280101000001_a.sql": c.text})
			w.StateDir = t.TempDir()
			const copied = "supabase/migrations/20280101000001_a.sql"
			w.Ask = func(context.Context, Question) (string, error) {
				if c.other != "" {
					w.put(t, map[string]string{copied: c.other})
				}
				return c.answer, nil
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := w.RunMigration(ctx, RunMigrationRequest{
				Where: Where{URL: secret.New(server.URL(server.DatabaseName(t), "postgres"))}, File: "elsewhere/20280101000001_a.sql", NoProof: true,
			}, func(e event.Event) {
				switch e.(type) {
				case event.StatementStarted:
					if c.edited != "" {
						w.put(t, map[string]string{copied: c.edited})
					}
				case event.Notice:
					cancel()
				}
			})
			if ExitOf(err) != c.exit {
				t.Errorf("exit %d, want %d: %v", ExitOf(err), c.exit, err)
			}
			data, err := os.ReadFile(filepath.Join(w.root, copied))
			if os.IsNotExist(err) != (c.stays == "") || string(data) != c.stays {
				t.Errorf("there is %q (%v), want %q", data, err, strings.TrimSpace(c.stays))
			}
		})
	}
}
