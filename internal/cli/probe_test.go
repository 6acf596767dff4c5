package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/render"
	"github.com/cairndb/cairn/internal/source"
)

// probe is cairn with verbs more: what the frame has to bear, without a database behind it.
func probe() {
	c := newConsole(Process())
	root := c.root()
	root.AddCommand(
		probeVerb(c, "fine", "[WORD...]", fine),
		probeVerb(c, "fail", "", fail),
		probeVerb(c, "end", "CODE", end),
		probeVerb(c, "mistake", "TEXT", mistake),
		probeVerb(c, "panic", "TEXT", panics),
		probeVerb(c, "wait", "", wait),
		probeVerb(c, "ask", "KIND", ask),
		probeVerb(c, "where", "", where),
		probeVerb(c, "stdin", "", stdin),
		badShow(c),
		group("pile", "Hold others", probeVerb(c, "stone", "", fine)),
	)
	os.Exit(c.run(root))
}

type probeRequest struct {
	args  []string
	where app.Where
	last  int
}

// probeResult is what a probe says.
type probeResult struct {
	Said []string `json:"said"`
	When string   `json:"when,omitempty" jsonschema:"a description"`
}

type probeFunc = func(*app.App, context.Context, probeRequest, event.Sink) (*probeResult, error)

func probeVerb(c *console, name, args string, do probeFunc) *cobra.Command {
	var q probeRequest
	cmd := &cobra.Command{Use: strings.TrimSpace(name + " " + args), Short: "Probe the frame"}
	cmd.Args = takes(strings.Fields(args)...)
	cmd.Flags().IntVar(&q.last, "last", 1, "the last `N`")
	t := targets(cmd, app.LinkedByDefault)
	cmd.PreRunE = func(_ *cobra.Command, args []string) (err error) {
		q.args = args
		q.where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, do, func(s *render.Screen, r *probeResult) { s.Printf("said %s\n", strings.Join(r.Said, " ")) })
}

// badShow has a mistake in how it draws its result, or in the result itself.
func badShow(c *console) *cobra.Command {
	var q probeRequest
	type odd struct {
		Odd float64 `json:"odd"`
	}
	do := func(*app.App, context.Context, probeRequest, event.Sink) (*odd, error) { return &odd{math.NaN()}, nil }
	return verb(c, &cobra.Command{Use: "badshow", Short: "Probe the frame"}, &q, do, func(*render.Screen, *odd) { panic("cannot draw") })
}

var aFailure = &finding.Finding{
	Code: "PG42P01", Severity: finding.Error, Exit: finding.Failed,
	At:      (&source.File{Name: "supabase/migrations/1_é.sql", Text: "select 'é漢🎉' from\tchat;\n"}).Span(24, 28),
	Message: `relation "chat" does not exist`, Hint: "is it called chats?",
}

func tell(s event.Sink) {
	s(event.RunStarted{Run: "7", Verb: "db push", Target: "database probe"})
	s(event.MigrationStarted{Version: "1", File: "supabase/migrations/1_é.sql", Index: 1, Total: 1, Statements: 2})
	s(event.StatementStarted{Version: "1", Index: 1, Total: 2, At: "supabase/migrations/1_é.sql:1:1"})
	s(event.Notice{Severity: "NOTICE", Code: "00000", Message: "\x1b[2Jhello"})
}

func fine(_ *app.App, _ context.Context, q probeRequest, s event.Sink) (*probeResult, error) {
	tell(s)
	s(event.Found{Finding: &finding.Finding{Code: finding.NoStatements, Severity: finding.Warning, Message: "nothing in it"}})
	s(event.MigrationDone{Version: "1", File: "supabase/migrations/1_é.sql", Outcome: event.Applied, Elapsed: time.Millisecond})
	s(event.RunDone{Run: "7"})
	return &probeResult{Said: append([]string{}, q.args...)}, nil
}

func fail(_ *app.App, _ context.Context, _ probeRequest, s event.Sink) (*probeResult, error) {
	tell(s)
	s(event.MigrationDone{Version: "1", File: "supabase/migrations/1_é.sql", Outcome: event.Failed, Elapsed: time.Millisecond})
	return &probeResult{Said: []string{"so", "far"}}, aFailure
}

func end(_ *app.App, _ context.Context, q probeRequest, _ event.Sink) (*probeResult, error) {
	var code finding.Exit
	if _, err := fmt.Sscan(q.args[0], &code); err != nil {
		return nil, err
	}
	if code == finding.OK {
		return nil, nil
	}
	return nil, fmt.Errorf("while probing: %w", &finding.Finding{Code: finding.UnknownRun, Severity: finding.Error, Exit: code, Message: "ended"})
}

func mistake(_ *app.App, _ context.Context, q probeRequest, _ event.Sink) (*probeResult, error) {
	return nil, errors.New(q.args[0])
}

func panics(_ *app.App, _ context.Context, q probeRequest, s event.Sink) (*probeResult, error) {
	tell(s)
	panic(q.args[0])
}

func wait(_ *app.App, ctx context.Context, _ probeRequest, s event.Sink) (*probeResult, error) {
	s(event.Notice{Severity: "NOTICE", Code: "00000", Message: "waiting"})
	if os.Getenv("PROBE_STUBBORN") != "" {
		<-ctx.Done()
		s(event.Notice{Severity: "NOTICE", Code: "00000", Message: "asked to stop"})
		select {}
	}
	<-ctx.Done()
	return &probeResult{Said: []string{"so", "far"}}, ctx.Err()
}

func ask(a *app.App, ctx context.Context, q probeRequest, s event.Sink) (*probeResult, error) {
	if a.Ask == nil {
		return nil, &finding.Finding{Code: finding.NeedsConsent, Severity: finding.Error, Exit: finding.Refused, Message: "nobody to ask"}
	}
	tell(s)
	question := app.Question{Text: "Go on?", Detail: "2 migrations:\x1b[2J"}
	switch q.args[0] {
	case "yes":
		question.Default = "yes"
	case "typed":
		question.Kind, question.Text = app.Typed, "Type shop:"
	case "line":
		question.Kind, question.Text, question.Default = app.Line, "Name", "id"
		question.Check = func(s string) error {
			if strings.Contains(s, " ") {
				return errors.New("no spaces, please")
			}
			return nil
		}
	}
	answer, err := a.Ask(ctx, question)
	if err != nil {
		return nil, err
	}
	return &probeResult{Said: []string{answer}}, nil
}

func where(_ *app.App, _ context.Context, q probeRequest, _ event.Sink) (*probeResult, error) {
	return &probeResult{Said: []string{fmt.Sprintf("local=%t linked=%t url=%t", q.where.Local, q.where.Linked, !q.where.URL.IsZero())}}, nil
}

func stdin(*app.App, context.Context, probeRequest, event.Sink) (*probeResult, error) {
	n, err := os.Stdin.Read(make([]byte, 10))
	return &probeResult{Said: []string{fmt.Sprint(n), fmt.Sprint(err)}}, nil
}
