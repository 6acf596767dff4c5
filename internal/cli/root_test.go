package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/finding"
)

// TestEveryCommandHelps holds what each command must say of itself.
func TestEveryCommandHelps(t *testing.T) {
	root := NewRoot(Deps{App: &app.App{Getenv: os.Getenv}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	verbs := 0
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		path := cmd.CommandPath()
		if !startsCapital(cmd.Short) || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: Short is %q; it begins with a capital and has no full stop", path, cmd.Short)
		}
		if cmd.Long != "" && !strings.HasSuffix(strings.TrimRight(cmd.Long, "\n"), ".") {
			t.Errorf("%s: Long does not end with a full stop", path)
		}
		if holds := cmd.Annotations[holdsOthers] != ""; holds != cmd.HasAvailableSubCommands() {
			t.Errorf("%s: holds others: %t, has some: %t", path, holds, cmd.HasAvailableSubCommands())
		} else if !holds {
			verbs++
			if !strings.Contains(cmd.Example, path) && cmd.Annotations[sameAs] == "" {
				t.Errorf("%s has no example of itself", path)
			}
			if cmd.Args == nil {
				t.Errorf("%s does not say which arguments it takes", path)
			}
		}
		for line := range strings.Lines(cmd.Long + "\n" + cmd.Example) {
			if len([]rune(strings.TrimRight(line, "\n"))) > 120 {
				t.Errorf("%s: a line of more than 120 characters: %s", path, line)
			}
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && (f.Usage == "" || startsCapital(f.Usage) && !strings.Contains(f.Usage, "`") || strings.HasSuffix(f.Usage, ".")) {
				t.Errorf("%s --%s: usage is %q; it begins small and has no full stop", path, f.Name, f.Usage)
			}
		})
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				walk(sub)
			}
		}
	}
	walk(root)
	if verbs == 0 {
		t.Fatal("there are no verbs")
	}
}

func startsCapital(s string) bool { return s != "" && strings.ToUpper(s[:1]) == s[:1] }

func TestTakes(t *testing.T) {
	for _, c := range []struct {
		names []string
		args  string
		want  string // part of the message; "" where the arguments are right
	}{
		{nil, "", ""},
		{nil, "a", `one argument too many: "a"`},
		{[]string{"NAME"}, "", "NAME is missing"},
		{[]string{"NAME"}, "a", ""},
		{[]string{"NAME"}, "a b", `one argument too many: "b"`},
		{[]string{"[NAME]"}, "", ""},
		{[]string{"[NAME]"}, "a", ""},
		{[]string{"[NAME]"}, "a b", `one argument too many: "b"`},
		{[]string{"VERSION..."}, "", "VERSION is missing"},
		{[]string{"VERSION..."}, "a b c", ""},
		{[]string{"[VERSION...]"}, "", ""},
		{[]string{"[VERSION...]"}, "a b c", ""},
		{[]string{"DIR", "[NAME]"}, "", "DIR is missing"},
		{[]string{"DIR", "[NAME]"}, "a b", ""},
	} {
		err := takes(c.names...)(&cobra.Command{Use: "x"}, strings.Fields(c.args))
		f := finding.As(err)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%v given %q: %v", c.names, c.args, err)
		case c.want != "" && (f == nil || f.Exit != finding.Usage || f.Message != c.want):
			t.Errorf("%v given %q: %v, want %q", c.names, c.args, err, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"json", "json", 0}, {"jsn", "json", 1}, {"jsno", "json", 2}, {"", "ab", 2}, {"kitten", "sitting", 3}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// TestDefaultTargets: what help says of a command's target is what the app does, and its hints say.
func TestDefaultTargets(t *testing.T) {
	root := NewRoot(Deps{App: &app.App{Getenv: os.Getenv}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	n := 0
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		local, linked := cmd.Flags().Lookup("local"), cmd.Flags().Lookup("linked")
		verb := strings.TrimPrefix(cmd.CommandPath(), "cairn ")
		byDefault, takes := app.DefaultOf(verb)
		if takes != (local != nil && linked != nil) {
			t.Errorf("%s: takes a target by the app: %t, by its flags: %t", verb, takes, local != nil && linked != nil)
		}
		if !takes || local == nil || linked == nil {
			return
		}
		n++
		if got := strings.Contains(local.Usage, "(default"); got != (byDefault == app.LocalByDefault) || got == strings.Contains(linked.Usage, "(default") {
			t.Errorf("%s: --local: %s; --linked: %s", verb, local.Usage, linked.Usage)
		}
	}
	walk(root)
	if n == 0 {
		t.Fatal("no command takes a target")
	}
}
