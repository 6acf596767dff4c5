package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/finding"
)

// targetFlags are the flags that choose the database of a verb, in the words of both versions of the Supabase CLI.
type targetFlags struct {
	cmd           *cobra.Command
	local, linked bool
	url, remote   hidden
}

// theLinked is what --remote without a value stands for.
const theLinked = "linked"

// targetsOf gives cmd the flags that choose a target for a verb.
func targetsOf(cmd *cobra.Command, verb string) *targetFlags {
	byDefault, _ := app.DefaultOf(verb)
	return targets(cmd, byDefault)
}

// targets gives cmd the flags that choose a target; without one of them it is byDefault.
func targets(cmd *cobra.Command, byDefault app.Default) *targetFlags {
	t := &targetFlags{cmd: cmd}
	local, linked := "the project's local database", "the linked project"
	if byDefault == app.LocalByDefault {
		local += " (default)"
	} else {
		linked += " (default)"
	}
	f := cmd.Flags()
	f.BoolVar(&t.local, "local", false, local)
	f.BoolVar(&t.linked, "linked", false, linked)
	f.Var(&t.url, "db-url", "the database at this `URL`; percent-encode what is special in its password")
	f.Var(&t.remote, "remote", "the linked project, or the database at this `URL`")
	f.Lookup("remote").NoOptDefVal = theLinked
	for _, name := range []string{"local", "linked", "db-url", "remote"} {
		f.Lookup(name).Annotations = map[string][]string{heading: {"Target"}}
	}
	return t
}

// where returns the target that the flags name. It is called once they are parsed, in a command's PreRunE.
func (t *targetFlags) where() (app.Where, error) {
	remote := t.remote.text.Reveal()
	var given []string
	for _, f := range []struct {
		flag string
		is   bool
	}{{"--local", t.local}, {"--linked", t.linked}, {"--db-url", t.url.set}, {"--remote", t.remote.set}} {
		if f.is {
			given = append(given, f.flag)
		}
	}
	switch {
	case len(given) > 1:
		return app.Where{}, usage(t.cmd, "%s exclude each other", strings.Join(given, " and "))
	case t.url.set && t.url.text.IsZero(), t.remote.set && remote == "":
		return app.Where{}, emptyURL(given[0])
	case t.remote.set && remote != theLinked && !strings.Contains(remote, "://"):
		return app.Where{}, &finding.Finding{
			Code: finding.NoTarget, Severity: finding.Error, Exit: finding.Usage,
			Message: "this cairn does not reach a project by its name yet",
			Hint:    "give the URL of its database: --remote=postgresql://…",
		}
	case t.remote.set && remote != theLinked:
		return app.Where{URL: t.remote.text}, nil
	}
	return app.Where{Local: t.local, Linked: t.linked || t.remote.set, URL: t.url.text}, nil
}

// emptyURL is the finding for a flag that was given a variable which is not set.
func emptyURL(flag string) error {
	return &finding.Finding{
		Code: finding.BadURL, Severity: finding.Error, Exit: finding.Usage,
		Message: flag + " is given and empty",
		Hint:    "is the variable set that its value comes from? No other database is taken in its place",
	}
}
