package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/fidelity"
	"github.com/cairndb/cairn/internal/render"
	"github.com/cairndb/cairn/internal/source"
)

// devCommand holds what those need who work on cairn itself.
func devCommand(c *console) *cobra.Command {
	return group("dev", "Work on cairn itself", platformDiffCommand(c), platformCommand(c))
}

func platformCommand(c *console) *cobra.Command {
	var q app.DevPlatformRequest
	cmd := &cobra.Command{
		Use:   "platform",
		Short: "Stand in for the hosted platform, for trials without an account",
		Long: `Serve the part of the platform's Management API that cairn and the Supabase CLI use, on this machine alone, with real
databases behind it, until it is interrupted. It prints what to set so that commands ask it in the platform's place.`,
		Example: `  cairn dev platform
  cairn dev platform --port 8080`,
		Args: takes(),
	}
	cmd.Flags().IntVar(&q.Port, "port", 0, "listen on this `PORT` (default: any)")
	return verb(c, cmd, &q, (*app.App).DevPlatform, func(s *render.Screen, r *app.DevPlatformResult) {
		s.Printf("The stand-in at %s is gone, and so are its databases.\n", r.URL)
	})
}

// platformDiffInput says where the other platform comes from.
type platformDiffInput struct {
	app.PlatformDiffRequest
	path string // of the dump
}

func platformDiffCommand(c *console) *cobra.Command {
	var q platformDiffInput
	var url hidden
	cmd := &cobra.Command{
		Use:   "platform-diff",
		Short: "Compare our platform with that of a live project or of a dump",
		Long: `Compare the platform that every shadow and local database of cairn begins with to that of a Supabase project, and print
what differs. Of a live project only the catalog is read, in a read-only transaction. A dump is restored into a
throwaway server first; what a dump cannot hold is named and not compared.

What the project's users made is no difference. Exits with 1 where the platforms differ.`,
		Example: `  cairn dev platform-diff --db-url "$DATABASE_URL"
  pg_dump --schema-only "$DATABASE_URL" > project.sql && cairn dev platform-diff --dump project.sql`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.Var(&url, "db-url", "compare with the database at this `URL`")
	f.StringVar(&q.path, "dump", "", "compare with the schema dump in this `FILE`, plain SQL; - is standard input")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		switch {
		case url.set && q.path != "":
			return usage(cmd, "--db-url and --dump exclude each other")
		case url.set && url.text.IsZero():
			return emptyURL("--db-url")
		}
		q.URL = url.text
		return nil
	}
	return verb(c, cmd, &q, func(a *app.App, ctx context.Context, q platformDiffInput, s event.Sink) (*app.PlatformDiff, error) {
		if q.path != "" {
			name, read := "standard input", c.standardInput
			if q.path != "-" {
				name, read = q.path, func(ctx context.Context, what string) ([]byte, error) { return c.file(ctx, q.path, what) }
			}
			text, err := read(ctx, "a dump")
			if err != nil {
				return nil, err
			}
			q.Dump = &source.File{Name: name, Text: string(text)}
		}
		return a.PlatformDiff(ctx, q.PlatformDiffRequest, s)
	}, showPlatformDiff)
}

// marks are what a difference begins with.
var marks = map[fidelity.Status]struct {
	sign  string
	style render.Style
}{
	fidelity.New: {"+", render.Green}, fidelity.Gone: {"-", render.Red}, fidelity.Changed: {"~", render.Yellow},
}

func showPlatformDiff(s *render.Screen, r *app.PlatformDiff) {
	s.Printf("Our platform of %s against %s: Postgres %d, default privileges %s.\n", r.Version, r.Target, r.Major, r.Exposure)
	var bodies []string
	var others []fidelity.Difference
	for _, d := range r.Differences {
		if d.IsBody() {
			bodies = append(bodies, d.Schema+"."+d.Name)
		} else {
			others = append(others, d)
		}
	}
	showDifferences(s, others)
	showList(s, "Functions with another body, and nothing else", bodies)
	var purposed []string
	for _, d := range r.Purposed {
		purposed = append(purposed, marks[d.Status].sign+" "+d.Title()+": "+d.Why)
	}
	showList(s, "Ours by decision", purposed)
	showList(s, "The project's own, no difference", r.Own)
	var unseen []string
	for _, g := range r.Unseen {
		unseen = append(unseen, g.What()+": "+g.Why)
	}
	showList(s, "Not seen, not compared", unseen)
	if r.Failed > 0 {
		s.Printf("\n%s of the dump did not run.\n", number(r.Failed, "statement"))
	}
	bodyOnly := ""
	if r.Bodies > 0 {
		bodyOnly = fmt.Sprintf(" (%d in a function's body only)", r.Bodies)
	}
	s.Printf("\n%s: %d new there, %d here only, %d changed%s; %s the same.\n",
		number(len(r.Differences), "difference"), r.New, r.Gone, r.Changed, bodyOnly, number(r.Same, "object"))
}

// showList prints lines under a heading, and nothing where there are none.
func showList(s *render.Screen, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	s.Printf("\n%s:\n", heading)
	for _, line := range lines {
		s.Printf("  %s\n", line)
	}
}

// showDifferences prints them under a heading for each schema and kind.
func showDifferences(s *render.Screen, all []fidelity.Difference) {
	counts := map[string]int{}
	heading := func(d fidelity.Difference) string { return cmp.Or(d.Schema, "the whole database") + ", " + d.Kind }
	for _, d := range all {
		counts[heading(d)]++
	}
	last := ""
	for _, d := range all {
		if h := heading(d); h != last {
			s.Styled(render.Bold, "\n%s (%d)\n", h, counts[h])
			last = h
		}
		s.Styled(marks[d.Status].style, "  %s %s", marks[d.Status].sign, d.Name)
		switch {
		case d.Status == fidelity.Gone && d.Parts > 0:
			s.Printf("  here only, with %s in it", number(d.Parts, "object"))
		case d.Status == fidelity.Gone:
			s.Printf("  here only")
		}
		s.Printf("\n")
		for _, p := range d.Properties {
			s.Printf("      %s\n", propertyLine(d.Status, p))
		}
	}
}

func propertyLine(status fidelity.Status, p fidelity.Property) string {
	here, there := oneLine(p.Here), oneLine(p.There)
	switch status {
	case fidelity.New:
		return p.Name + ": " + there
	case fidelity.Gone:
		return p.Name + ": " + here
	}
	return fmt.Sprintf("%s: %s here, %s there", p.Name, cmp.Or(here, "none"), cmp.Or(there, "none"))
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
