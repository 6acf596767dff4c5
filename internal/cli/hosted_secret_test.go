package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/targettest"
)

// unbounded are the commands that run until they are interrupted, or that take a port of this machine.
var unbounded = []string{"dev platform", "db start", "db reset", "watch"}

// arguments are those without which a command says no more than how it is used.
func arguments() map[string]string {
	return map[string]string{
		"link": "--project-ref " + targettest.Ref, "new": "x", "migration new": "x", "db query": "'select 1'", "completion": "bash",
		"migration repair": "--status applied 20260102000000", "run show": "x", "run resolve": "x", "template show": "crud", "migration adopt": ".", "run-migration": "20260102000000",
	}
}

// The access token and the database's password stand in no output of any command, in no command line on this machine, and
// in no file that is left behind.
func TestSecretsOfEveryCommand(t *testing.T) {
	t.Parallel()
	st := startStage(t, "direct", "pooler")
	home, root := t.TempDir(), project(t, "create table x (id int);")
	secrets := []string{targettest.Token, "hunter2secret"}
	env := append(machine(),
		"HOME="+home, "PATH="+os.Getenv("PATH"), "SUPABASE_PROFILE="+st.profile(t, t.TempDir()),
		"SUPABASE_ACCESS_TOKEN="+targettest.Token, "SUPABASE_DB_PASSWORD=hunter2secret",
	)
	ctx, stop := context.WithCancel(t.Context())
	seen := make(chan []string)
	go func() { seen <- commandLines(ctx, secrets) }()
	for i, cmd := range leaves(NewRoot(Deps{App: &app.App{Getenv: os.Getenv}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})) {
		path := strings.TrimPrefix(cmd.CommandPath(), "cairn ")
		if slices.Contains(unbounded, path) {
			continue
		}
		line := "cairn " + path + " " + arguments()[path]
		if cmd.Flags().Lookup("via") != nil {
			line += " --yes --linked --events --via " + []string{app.ViaAPI, app.ViaPooler}[i%2]
		}
		out, exit := runStep(t, root, line+" --debug </dev/null", env)
		if exit == 9 {
			t.Errorf("%s: a bug of ours\n%s", line, out)
		}
		for _, secret := range secrets {
			if strings.Contains(out, secret) {
				t.Errorf("%s shows %q:\n%s", line, secret, out)
			}
		}
	}
	stop()
	for _, line := range <-seen {
		t.Errorf("a command line shows a secret: %s", line)
	}
	for _, dir := range []string{home, root} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, secret := range secrets {
				if strings.Contains(string(text), secret) {
					t.Errorf("%s holds %q", path, secret)
				}
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// leaves are the commands that do something, those that forget what the others need last.
func leaves(cmd *cobra.Command) []*cobra.Command {
	var all, last []*cobra.Command
	for _, sub := range cmd.Commands() {
		switch {
		case sub.HasSubCommands():
			all = append(all, leaves(sub)...)
		case !sub.Runnable():
		case sub.Name() == "unlink" || sub.Name() == "logout":
			last = append(last, sub)
		default:
			all = append(all, sub)
		}
	}
	return append(all, last...)
}

// commandLines watches the processes of this machine, where it shows them, and returns the command lines with a secret.
func commandLines(ctx context.Context, secrets []string) []string {
	found := map[string]bool{}
	for ctx.Err() == nil {
		all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, name := range all {
			text, _ := os.ReadFile(name)
			line := strings.ReplaceAll(string(text), "\x00", " ")
			if slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(line, s) }) {
				found[line] = true
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	var lines []string
	for line := range found {
		lines = append(lines, line)
	}
	return lines
}
