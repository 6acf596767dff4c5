package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cairndb/cairn/internal/render"
)

// heading is the annotation of a flag that stands under a heading of its own.
const heading = "heading"

// help draws what a command is: text, usage, examples, the commands below it, its flags.
func (c *console) help(cmd *cobra.Command, _ []string) {
	s := &c.stdout
	s.Printf("%s\n", text(cmd))
	title(s, "Usage")
	s.Printf("  %s\n", useLine(cmd))
	if len(cmd.Aliases) > 0 {
		title(s, "Also called")
		s.Printf("  %s\n", strings.Join(cmd.Aliases, ", "))
	}
	if cmd.Example != "" {
		title(s, "Examples")
		s.Printf("%s\n", cmd.Example)
	}
	commands(s, cmd)
	flags(s, cmd)
	if cmd.HasAvailableSubCommands() {
		s.Printf("\n`%s COMMAND --help` tells more about a command.\n", cmd.CommandPath())
	}
}

// text returns what cmd does, at length.
func text(cmd *cobra.Command) string {
	if cmd.Long != "" {
		return cmd.Long
	}
	return cmd.Short + "."
}

// useLine returns "cairn db push [flags]".
func useLine(cmd *cobra.Command) string {
	if cmd.Annotations[holdsOthers] != "" {
		return cmd.CommandPath() + " COMMAND"
	}
	line := cmd.CommandPath()
	if _, args, ok := strings.Cut(cmd.Use, " "); ok {
		line += " " + args
	}
	return line + " [flags]"
}

func title(s *render.Screen, format string, args ...any) {
	s.Printf("\n")
	s.Styled(render.Bold, format+"\n", args...)
}

// commands lists the commands below cmd under their headings.
func commands(s *render.Screen, cmd *cobra.Command) {
	list := func(name, group string) {
		titled := false
		for _, sub := range cmd.Commands() {
			if !sub.IsAvailableCommand() || sub.GroupID != group {
				continue
			}
			if !titled {
				title(s, "%s", name)
				titled = true
			}
			s.Printf("  %-*s  %s\n", cmd.Commands()[0].NamePadding(), sub.Name(), sub.Short)
		}
	}
	for _, g := range cmd.Groups() {
		list(g.Title, g.ID)
	}
	list("Commands", "")
}

// flags lists cmd's own flags, those under headings of their own, and those that every command has.
func flags(s *render.Screen, cmd *cobra.Command) {
	titles, lists := []string{"Flags"}, map[string][][2]string{}
	wide := 0
	add := func(title string, f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
		left, right := flagUsage(f)
		wide = max(wide, len(left))
		lists[title] = append(lists[title], [2]string{left, right})
	}
	global := cmd.Root().PersistentFlags()
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch h := f.Annotations[heading]; {
		case len(h) > 0:
			add(h[0], f)
		case global.Lookup(f.Name) == nil:
			add("Flags", f)
		}
	})
	global.VisitAll(func(f *pflag.Flag) { add("Flags of every command", f) })
	for _, t := range titles {
		if len(lists[t]) == 0 {
			continue
		}
		title(s, "%s", t)
		for _, line := range lists[t] {
			s.Printf("  %-*s  %s\n", wide, line[0], line[1])
		}
	}
}

// flagUsage returns "-p, --password PASSWORD" and what it is for.
func flagUsage(f *pflag.Flag) (left, right string) {
	left = "    --" + f.Name
	if f.Shorthand != "" {
		left = "-" + f.Shorthand + ", --" + f.Name
	}
	value, right := pflag.UnquoteUsage(f)
	switch {
	case f.Value.Type() == "bool":
	case f.NoOptDefVal != "":
		left += "[=" + value + "]"
	default:
		left += " " + value
	}
	switch f.DefValue {
	case "", "0", "0s", "[]", "false", "auto":
	default:
		right += " (default " + f.DefValue + ")"
	}
	return left, right
}

// helpCommand is `cairn help db push`, the same as `cairn db push --help`.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND...]",
		Short:             "Show what a command does",
		Hidden:            true,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}
