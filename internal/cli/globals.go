package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/render"
)

// globals gives every command the flags that all have.
func (c *console) globals(root *cobra.Command) {
	f := root.PersistentFlags()
	f.SortFlags = false
	f.StringVar(&c.App.Workdir, "workdir", "", "work on the project in this `FOLDER`")
	f.StringVar(&c.App.Profile, "profile", "", "ask the platform of this `PROFILE`: a name, or a YAML or TOML file with api_url")
	f.StringVar(&c.App.Dir, "dir", "", "keep migrations in this `FOLDER` instead of supabase/migrations")
	f.BoolVar(&c.App.Yes, "yes", false, "say yes to whatever would be asked")
	f.Var(&choice{(*string)(&c.App.Agent), []string{string(app.Auto), string(app.AgentYes), string(app.AgentNo)}}, "agent",
		"whether a coding agent runs this: yes, no or auto (by the environment)")
	f.BoolVar(&c.json, "json", false, "print the result as one JSON object")
	f.BoolVar(&c.events, "events", false, "print a line of JSON for everything that happens, the result last")
	f.Var(&choice{&c.color, []string{string(render.Auto), string(render.Always), string(render.Never)}}, "color",
		"use colours: always, never or auto")
	f.BoolVar(&c.noColor, "no-color", false, "the same as --color=never")
	f.Lookup("color").NoOptDefVal = string(render.Always)
	f.BoolVar(&c.App.Debug, "debug", false, "tell more where something goes wrong")
	f.BoolP("help", "h", false, "show what a command does and which flags it has")

	// What the Supabase CLI has and cairn has no use for: accepted, so that a command copied from its documentation runs.
	for _, i := range ignored {
		if i.takes == "" {
			f.Bool(i.flag, false, "")
		} else {
			f.StringP(i.flag, i.short, "", "")
		}
		f.Lookup(i.flag).Hidden = true
	}
}

// ignored are flags of the Supabase CLI that make no difference here. Where the values that do make one there are
// given, a note says so.
var ignored = []struct {
	flag, short, takes string
	same               []string // values that ask for what cairn does anyway; nil is all
	instead            string
}{
	{flag: "experimental"},
	{flag: "create-ticket"},
	{flag: "network-id", takes: "NAME"},
	{flag: "log-level", takes: "LEVEL"},
	{flag: "dns-resolver", takes: "native", same: []string{"native"}, instead: "names are resolved as the system does it"},
	{flag: "output", short: "o", takes: "pretty", same: []string{"pretty", "text", "table"}, instead: "--json prints JSON"},
	{flag: "output-format", takes: "text", same: []string{"text"}, instead: "--json prints JSON, --events a stream of it"},
}

// noteIgnored says which flags were given in vain.
func (c *console) noteIgnored(cmd *cobra.Command) {
	for _, i := range ignored {
		f := cmd.Flags().Lookup(i.flag)
		if f == nil || !f.Changed || !f.Hidden || i.same == nil || slices.Contains(i.same, f.Value.String()) {
			continue
		}
		c.sink(event.Found{Finding: &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Note, Hint: i.instead,
			Message: "--" + i.flag + " " + f.Value.String() + " is a flag of the Supabase CLI and ignored",
		}})
	}
}
