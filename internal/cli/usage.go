package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cairndb/cairn/internal/finding"
)

// usage returns the finding for a command that was called in a wrong way. What is said of arguments must not hold
// secrets; understood takes them out.
func usage(cmd *cobra.Command, format string, args ...any) *finding.Finding {
	return &finding.Finding{
		Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf(format, args...),
		Hint:    "usage: " + useLine(cmd) + "\n`" + cmd.CommandPath() + " --help` tells more",
	}
}

// understood returns err as a finding where it is about the command line, whoever found it, with secrets taken out of
// what it quotes.
func (c *console) understood(cmd *cobra.Command, err error) error {
	if err == nil || c.started {
		return err
	}
	f := finding.As(err)
	switch {
	case f != nil && f.Code != finding.BadUsage:
		return err
	case f == nil:
		f = usage(cmd, "%s", err.Error())
	}
	told, hide := *f, c.hide()
	told.Message, told.Hint = hide(f.Message), hide(f.Hint)
	return &told
}

// unknownCommand says that cmd holds no command of that name, and which one may have been meant.
func unknownCommand(cmd *cobra.Command, word string) error {
	f := usage(cmd, "unknown command %q for %q", word, cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	if similar := cmd.SuggestionsFor(word); len(similar) > 0 {
		f.Hint = "did you mean " + oneOf(similar) + "?\n" + f.Hint
	}
	return f
}

// flagError says what is wrong with a flag. Values are not repeated: they may be passwords.
func (c *console) flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if cmd.Annotations[holdsOthers] != "" {
		if word := firstWord(cmd, c.Args); word != "" { // a command that is not there has no flags either
			return unknownCommand(cmd, word)
		}
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := e.GetSpecifiedName()
		if e.GetSpecifiedShortnames() != "" {
			return usage(cmd, "unknown flag -%s", name)
		}
		f := usage(cmd, "unknown flag --%s", name)
		if similar := similarFlags(cmd, name); len(similar) > 0 {
			f.Hint = "did you mean " + oneOf(similar) + "?\n" + f.Hint
		}
		return f
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usage(cmd, "--%s needs a value", e.GetFlag().Name)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usage(cmd, "--%s takes %s", e.GetFlag().Name, whatItTakes(e.GetFlag()))
	}
	return usage(cmd, "%s", err.Error())
}

// whatItTakes says which values a flag has.
func whatItTakes(f *pflag.Flag) string {
	if c, ok := f.Value.(*choice); ok {
		return oneOf(c.allowed)
	}
	switch f.Value.Type() {
	case "NAME=VALUE":
		return "NAME=VALUE"
	case "bool":
		return "true or false"
	case "int":
		return "a whole number"
	case "duration":
		return "a duration such as 30s or 2m"
	default:
		return "another value"
	}
}

// firstWord returns the first argument that is neither a flag nor a flag's value nor the name of cmd or of a command
// above it.
func firstWord(cmd *cobra.Command, args []string) string {
	path := strings.Fields(cmd.CommandPath())[1:]
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return ""
		case strings.HasPrefix(arg, "-"):
			f := cmd.Flag(strings.TrimLeft(arg, "-"))
			if f != nil && f.NoOptDefVal == "" && !strings.Contains(arg, "=") {
				i++ // its value
			}
		case len(path) > 0 && arg == path[0]:
			path = path[1:]
		default:
			return arg
		}
	}
	return ""
}

// similarFlags returns the flags of cmd that name may be a slip of.
func similarFlags(cmd *cobra.Command, name string) []string {
	var found []string
	see := func(f *pflag.Flag) {
		if !f.Hidden && (distance(name, f.Name) <= 2 || strings.HasPrefix(f.Name, name)) && !slices.Contains(found, "--"+f.Name) {
			found = append(found, "--"+f.Name)
		}
	}
	cmd.LocalFlags().VisitAll(see)
	cmd.InheritedFlags().VisitAll(see)
	return found
}

// distance counts the letters to insert, delete or replace to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
