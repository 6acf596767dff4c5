package cli

import (
	"context"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/render"
)

// Annotations of commands. sameAs is that of a command that is another one's second name ("new" is "migration new"): its JSON has the
// other one's schema.
const (
	sameAs      = "same as"
	holdsOthers = "holds others" // the annotation of a command that only holds others
)

// verb makes cmd run a method of the app. The command's flags and PreRunE fill in q; do is the method; show draws the
// result as text. Whether there is text at all, the global flags say.
func verb[Q, R any](
	c *console, cmd *cobra.Command, q *Q,
	do func(*app.App, context.Context, Q, event.Sink) (*R, error),
	show func(*render.Screen, *R),
) *cobra.Command {
	c.results[cmd] = reflect.TypeFor[R]()
	cmd.Flags().SortFlags = false // help lists them in the order in which they matter
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c.started, c.name = true, name(cmd)
		if !c.events {
			c.text.Start()
		}
		result, err := do(c.App, cmd.Context(), *q, c.sink)
		if result != nil {
			c.result = result
			c.print = func(s *render.Screen) { show(s, result) }
		}
		return app.Stopped(cmd.Context(), err)
	}
	return cmd
}

// showsFiles is do of a command whose result, drawn as text, says which files were written: what tells it on the way is for
// --events alone.
func showsFiles[Q, R any](
	c *console, do func(*app.App, context.Context, Q, event.Sink) (*R, error),
) func(*app.App, context.Context, Q, event.Sink) (*R, error) {
	return func(a *app.App, ctx context.Context, q Q, s event.Sink) (*R, error) {
		return do(a, ctx, q, func(e event.Event) {
			if _, ok := e.(event.FileWritten); !ok || c.events {
				s(e)
			}
		})
	}
}

// group returns a command that only holds others.
func group(use, short string, cmds ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short}
	g.AddCommand(cmds...)
	return asGroup(g)
}

func asGroup(g *cobra.Command) *cobra.Command {
	g.Args, g.RunE = cobra.ArbitraryArgs, needsCommand
	g.Annotations = map[string]string{holdsOthers: "true"}
	return g
}

// needsCommand runs where a command stops short of a verb: without a further word that is a question for help.
func needsCommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(cmd, args[0])
	}
	return cmd.Help()
}

// takes says which arguments a command has: "NAME" must be there, "[NAME]" may be, "NAME..." is one or more and
// "[NAME...]" any number.
func takes(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		least, most := 0, len(names)
		for _, n := range names {
			if !strings.HasPrefix(n, "[") {
				least++
			}
			if strings.Contains(n, "...") {
				most = len(args)
			}
		}
		switch {
		case len(args) < least:
			return usage(cmd, "%s is missing", strings.TrimSuffix(names[len(args)], "..."))
		case len(args) > most:
			return usage(cmd, "one argument too many: %q", args[most])
		}
		return nil
	}
}
