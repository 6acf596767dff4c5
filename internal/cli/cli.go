// Package cli is the command line: flags in, a verb of package app, its events and its result drawn by package render.
// One command is one file; the tree of commands stands in root.go.
package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/cairndb/cairn/internal/account"
	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/render"
)

// Deps is what the command line gets from the process it runs in.
type Deps struct {
	App            *app.App // flags are read into it
	Args           []string // without the program's name
	Environ        []string // NAME=value; what is secret in it is kept out of reports of our own mistakes
	Stdin          *os.File
	Stdout, Stderr *os.File
}

// Process returns the dependencies of this process: its streams and arguments, the real clock and environment.
func Process() Deps {
	cwd, err := os.Getwd()
	if err != nil {
		cwd = "." // a folder that is gone; what needs it says so
	}
	return Deps{
		App:     &app.App{Cwd: cwd, StateDir: app.StateDir(os.Getenv), Now: time.Now, Getenv: os.Getenv, Build: build(), Keyring: account.SystemKeyring(os.Getenv)},
		Args:    os.Args[1:],
		Environ: os.Environ(),
		Stdin:   os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}
}

// build reads what the linker wrote into this binary.
func build() app.Build {
	b := app.Build{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// Main runs one command and returns the process's exit code.
func Main(d Deps) int {
	c := newConsole(d)
	return c.run(c.root())
}

// console is one command on its way from the arguments to the exit code.
type console struct {
	Deps
	stdout, stderr render.Screen
	json, events   bool // the modes of output; neither is text
	color          string
	noColor        bool

	text    render.Text   // what is told goes here, save with --events
	lines   render.Events // with --events, everything goes here
	results map[*cobra.Command]reflect.Type

	started bool   // a verb runs: an error is no longer about the command line
	name    string // the verb's name, "db push"
	told    []*finding.Finding
	result  any
	print   func(*render.Screen)

	misplaced *strings.Replacer // see shown
	reworded  map[*finding.Finding]*finding.Finding
}

func newConsole(d Deps) *console {
	c := &console{Deps: d, color: string(render.Auto), results: map[*cobra.Command]reflect.Type{}}
	// A pipe that nobody reads any more must not kill a run in the middle of a migration: writing to it fails instead.
	// Nobody listens on the channel; ignoring the signal would be inherited by the servers that we start.
	notify(syscall.SIGPIPE)
	c.stdout, c.stderr = screen(d.Stdout, d.App.Getenv), screen(d.Stderr, d.App.Getenv)
	c.text = render.Text{Screen: &c.stderr, Now: d.App.Now}
	c.lines = render.Events{Out: d.Stdout, Now: d.App.Now}
	return c
}

func screen(f *os.File, getenv func(string) string) render.Screen {
	tty := term.IsTerminal(int(f.Fd()))
	return render.Screen{
		Out:   f,
		TTY:   tty && getenv("TERM") != "dumb",
		Color: render.Colors(render.Auto, tty, getenv),
		Width: func() int {
			if !tty {
				return 0
			}
			n, _, _ := term.GetSize(int(f.Fd()))
			return n
		},
	}
}

// run runs one command of the tree from its arguments to its exit code.
func (c *console) run(root *cobra.Command) int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	cmd, err := c.execute(ctx, root)
	return int(c.finish(cmd, err))
}

// execute runs the command that the arguments name. A panic on its way is an error like others.
func (c *console) execute(ctx context.Context, root *cobra.Command) (cmd *cobra.Command, err error) {
	defer func() {
		if v := recover(); v != nil {
			cmd, err = root, panicked(v)
		}
	}()
	root.SetArgs(c.Args)
	return root.ExecuteContextC(ctx)
}

// settle does what the global flags ask for. It runs between the parsing and the verb.
func (c *console) settle(cmd *cobra.Command) error {
	when := render.When(c.color)
	if c.noColor {
		when = render.Never
	}
	for _, s := range []*render.Screen{&c.stdout, &c.stderr} {
		s.Color = render.Colors(when, s.TTY, c.App.Getenv)
	}
	if term.IsTerminal(int(c.Stdin.Fd())) && term.IsTerminal(int(c.Stderr.Fd())) {
		c.App.Ask = (&asker{
			in: c.Stdin, screen: &c.stderr, text: &c.text, limit: patience, forget: func() { forgetTyped(int(c.Stdin.Fd())) },
		}).Ask
	}
	if c.App.Workdir == "" {
		c.App.Workdir = c.App.Getenv("SUPABASE_WORKDIR")
	}
	c.noteIgnored(cmd)
	return nil
}

// sink is where the verb's events go.
func (c *console) sink(e event.Event) {
	if found, ok := e.(event.Found); ok {
		found.Finding = c.shown(found.Finding)
		c.told = append(c.told, found.Finding)
		e = found
	}
	if c.events {
		c.lines.Sink(e)
	} else {
		c.text.Sink(e)
	}
}

// finish tells how the command ended and returns its exit code.
func (c *console) finish(cmd *cobra.Command, err error) finding.Exit {
	f := c.shown(c.findingOf(c.understood(cmd, err)))
	if c.name == "" && f != nil {
		c.name = name(cmd)
		// The flags may not have been read as far as the ones that say in which form to tell this.
		c.json, c.events = slices.Contains(c.Args, "--json"), slices.Contains(c.Args, "--events")
	}
	c.text.Close()
	lost := c.give(f)
	if _, ok := errors.AsType[*fs.PathError](lost); lost != nil && !ok { // nothing was wrong with the stream
		f, lost = c.findingOf(lost), nil
	}
	exit := finding.OK
	if f != nil {
		exit = f.Exit
		if (!c.events || lost != nil || exit == finding.Bug) && !slices.Contains(c.told, f) {
			c.stderr.Finding(f)
		}
		if c.App.Debug {
			c.stderr.Causes(f, c.hide())
		}
	}
	// A reader that went away has read what it wanted; a full disk has not.
	if lost != nil && !errors.Is(lost, syscall.EPIPE) {
		c.stderr.Finding(&finding.Finding{
			Code: finding.OutputLost, Severity: finding.Error, Exit: finding.Usage, Cause: lost,
			Message: "the result could not be written to standard output: " + lost.Error(),
			Hint:    "the command itself ended with exit code " + strconv.Itoa(int(exit)) + "; make room, then look with `cairn status`",
		})
		if exit == finding.OK {
			exit = finding.Usage
		}
	}
	return exit
}

// findingOf is app.FindingOf, with what there is to tell about a mistake of ours.
func (c *console) findingOf(err error) *finding.Finding {
	f := app.FindingOf(err)
	if f != nil && f.Exit == finding.Bug {
		return c.bug(f)
	}
	return f
}

// give writes the result to standard output in the form that was asked for. The error is an *fs.PathError where the
// stream failed.
func (c *console) give(f *finding.Finding) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	switch report := render.NewReport(c.name, c.result, c.told, f); {
	case c.name == "": // help, a completion
	case c.events:
		c.lines.Result(report)
		return c.lines.Err()
	case c.json:
		return report.Write(c.Stdout)
	case c.print != nil:
		c.print(&c.stdout)
	}
	return c.stdout.Err()
}

// noVerb is the name for JSON of a command line that came to no verb.
const noVerb = "error"

// name returns the verb's name: the command's path, or what the command says it is the same as.
func name(cmd *cobra.Command) string {
	_, path, ok := strings.Cut(cmd.CommandPath(), " ")
	switch same := cmd.Annotations[sameAs]; {
	case same != "":
		return same
	case !ok || cmd.Annotations[holdsOthers] != "":
		return noVerb
	default:
		return path
	}
}
