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
	project, via  string
	password      hidden
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
	f.Var(&t.remote, "remote", "the linked project, or `WHICH`: a project's ref or URL, a [remotes] block, a database's URL")
	f.Lookup("remote").NoOptDefVal = theLinked
	f.StringVar(&t.project, "project-ref", "", "the project of this `REF`")
	f.Var(&choice{&t.via, []string{app.ViaAuto, app.ViaDirect, app.ViaPooler, app.ViaAPI}}, "via",
		"the way to a hosted project: auto, direct, pooler or api")
	f.VarP(&t.password, "password", "p", "the hosted database's `PASSWORD`; others can read it here: SUPABASE_DB_PASSWORD is better")
	for _, name := range []string{"local", "linked", "db-url", "remote", "project-ref", "via", "password"} {
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
	}{{"--local", t.local}, {"--linked", t.linked}, {"--db-url", t.url.set}, {"--remote", t.remote.set}, {"--project-ref", t.project != ""}} {
		if f.is {
			given = append(given, f.flag)
		}
	}
	switch {
	case len(given) > 1:
		return app.Where{}, usage(t.cmd, "%s exclude each other", strings.Join(given, " and "))
	case t.url.set && t.url.text.IsZero(), t.remote.set && remote == "":
		return app.Where{}, emptyURL(given[0])
	case t.remote.set && remote != theLinked && isDatabase(remote):
		return app.Where{URL: t.remote.text}, nil
	case t.password.set && t.password.text.IsZero():
		return app.Where{}, emptyURL("--password")
	}
	w := app.Where{Local: t.local, Linked: t.linked || t.remote.set, URL: t.url.text, Project: t.project, Via: t.via, Password: t.password.text}
	if t.remote.set && remote != theLinked {
		w.Linked, w.Project = false, remote
	}
	return w, nil
}

// isDatabase reports whether what --remote was given is a connection string.
func isDatabase(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http")
}

// emptyURL is the finding for a flag that was given a variable which is not set.
func emptyURL(flag string) error {
	return &finding.Finding{
		Code: finding.BadURL, Severity: finding.Error, Exit: finding.Usage,
		Message: flag + " is given and empty",
		Hint:    "is the variable set that its value comes from? No other database is taken in its place",
	}
}
