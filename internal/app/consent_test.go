package app

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

var (
	ours   = Intent{Action: "reset the database", Target: "local database", Local: true, Ours: true}
	nearby = Intent{Action: "change it", Target: "127.0.0.1:5432", Confirm: "shop", Local: true}
	remote = Intent{Action: "change it", Target: "project shop", Confirm: "shop"}
)

func with(i Intent, c Class, loses ...bool) Intent {
	i.Class = c
	i.LosesRows = len(loses) > 0 && loses[0]
	return i
}

func onWatch(i Intent) Intent {
	i.Unseen = true
	return i
}

// TestConsent holds the sentences of DESIGN §10, one by one.
func TestConsent(t *testing.T) {
	for _, c := range []struct {
		name    string
		intent  Intent
		setting Setting
		want    Verdict
		by      string
		says    string // part of the refusal's detail or hint
	}{
		{name: "cairn's own: reset never asks", intent: with(ours, Reset)},
		{name: "cairn's own: up never asks", intent: with(ours, Apply)},
		{name: "cairn's own: down never asks", intent: with(ours, Down)},
		{name: "cairn's own: seed never asks", intent: with(ours, Change)},
		{name: "cairn's own, agent: still free", intent: with(ours, Reset), setting: Setting{Agent: "CLAUDECODE"}},
		{name: "rows lost: asks on a terminal", intent: with(ours, Reset, true), setting: Setting{TTY: true}, want: AskYesNo},
		{name: "rows lost: yes typed", intent: with(ours, Reset, true), setting: Setting{TTY: true, Typed: "yes"}, by: "terminal"},
		{name: "rows lost: refused without a terminal", intent: with(ours, Reset, true), want: Denied, says: "add --yes"},
		{name: "rows lost: CI is no yes", intent: with(ours, Reset, true), setting: Setting{CI: true}, want: Denied, says: "push and up only"},
		{name: "rows lost: --yes", intent: with(ours, Reset, true), setting: Setting{Yes: true}, by: "--yes"},
		{name: "rows lost: --yes of an agent is none", intent: with(ours, Reset, true), setting: Setting{Yes: true, Agent: "CLAUDECODE"}, want: Denied, says: "CLAUDECODE"},

		{name: "change asks on a terminal", intent: with(remote, Change), setting: Setting{TTY: true}, want: AskYesNo},
		{name: "change on a server nearby asks too", intent: with(nearby, Change), setting: Setting{TTY: true}, want: AskYesNo},
		{name: "push asks on a terminal", intent: with(remote, Apply), setting: Setting{TTY: true}, want: AskYesNo},
		{name: "push asks on a terminal even with CI", intent: with(remote, Apply), setting: Setting{TTY: true, CI: true}, want: AskYesNo},
		{name: "push: --yes asks nobody", intent: with(remote, Apply), setting: Setting{TTY: true, Yes: true}, by: "--yes"},
		{name: "push without a terminal", intent: with(remote, Apply), want: Denied, says: "add --yes"},
		{name: "push: --yes", intent: with(remote, Apply), setting: Setting{Yes: true}, by: "--yes"},
		{name: "push: CI=true", intent: with(remote, Apply), setting: Setting{CI: true}, by: "CI"},
		{name: "other change: CI=true is no yes", intent: with(remote, Change), setting: Setting{CI: true}, want: Denied, says: "add --yes"},
		{name: "push: yes", intent: with(remote, Apply), setting: Setting{TTY: true, Typed: "yes"}, by: "terminal"},
		{name: "push: no", intent: with(remote, Apply), setting: Setting{TTY: true, Typed: "no"}, want: Denied, says: "answer was no"},

		{name: "unseen: asks on a terminal", intent: onWatch(remote), setting: Setting{TTY: true}, want: AskYesNo},
		{name: "unseen: --yes and CI are no yes", intent: onWatch(remote), setting: Setting{TTY: true, Yes: true, CI: true}, want: AskYesNo},
		{name: "unseen: not without a terminal", intent: onWatch(remote), setting: Setting{Yes: true, CI: true}, want: Denied, says: "cairn db push"},
		{name: "unseen: not by an agent", intent: onWatch(remote), setting: Setting{TTY: true, Yes: true, Agent: "X"}, want: Denied, says: "do not count"},
		{name: "unseen: a protected one is typed", intent: onWatch(Intent{Protected: true, Confirm: "shop"}), setting: Setting{TTY: true, Yes: true}, want: AskTyped},
		{name: "unseen: --yes counts nearby", intent: onWatch(nearby), setting: Setting{Yes: true}, by: "--yes"},
		{name: "unseen: free on cairn's own", intent: onWatch(ours)},

		{name: "reset has to be typed", intent: with(remote, Reset), setting: Setting{TTY: true}, want: AskTyped},
		{name: "down has to be typed", intent: with(nearby, Down), setting: Setting{TTY: true}, want: AskTyped},
		{name: "reset typed", intent: with(remote, Reset), setting: Setting{TTY: true, Typed: "shop"}, by: "terminal"},
		{name: "reset: yes is not its name", intent: with(remote, Reset), setting: Setting{TTY: true, Typed: "yes"}, want: Denied, says: `"shop"`},
		{name: "reset of a target without a name: yes typed", intent: Intent{Class: Reset}, setting: Setting{TTY: true, Typed: "yes"}, by: "terminal"},
		{name: "reset: CI=true is no yes", intent: with(remote, Reset), setting: Setting{CI: true}, want: Denied, says: "push and up only"},
		{name: "down: CI=true is no yes", intent: with(nearby, Down), setting: Setting{CI: true}, want: Denied, says: "push and up only"},
		{name: "reset: --yes", intent: with(remote, Reset), setting: Setting{Yes: true}, by: "--yes"},
		{name: "down: --yes", intent: with(remote, Down), setting: Setting{Yes: true}, by: "--yes"},

		{name: "agent: --yes counts for a local change", intent: with(nearby, Change), setting: Setting{Yes: true, Agent: "X"}, by: "--yes"},
		{name: "agent: --yes counts for a local down", intent: with(nearby, Down), setting: Setting{Yes: true, Agent: "X"}, by: "--yes"},
		{name: "agent: CI counts for a local push", intent: with(nearby, Apply), setting: Setting{CI: true, Agent: "X"}, by: "CI"},
		{name: "agent: a local change needs --yes", intent: with(nearby, Change), setting: Setting{TTY: true, Agent: "X"}, want: Denied, says: "ask the user first"},
		{name: "agent: --yes is none for a local reset", intent: with(nearby, Reset), setting: Setting{Yes: true, Agent: "X"}, want: Denied, says: "do not count"},
		{name: "agent: --yes is none elsewhere", intent: with(remote, Apply), setting: Setting{Yes: true, Agent: "X"}, want: Denied, says: "do not count"},
		{name: "agent: CI is none elsewhere", intent: with(remote, Apply), setting: Setting{CI: true, Agent: "X"}, want: Denied, says: "do not count"},
		{name: "agent with a terminal is not asked", intent: with(remote, Apply), setting: Setting{TTY: true, Typed: "yes", Agent: "X"}, want: Denied, says: "own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Consent(c.intent, c.setting)
			if got.Verdict != c.want || got.By != c.by {
				t.Fatalf("got verdict %d by %q, want %d by %q", got.Verdict, got.By, c.want, c.by)
			}
			if c.says != "" && !strings.Contains(got.Refusal.Detail+"\n"+got.Refusal.Hint, c.says) {
				t.Errorf("refusal says %q, hint %q; want %q in it", got.Refusal.Detail, got.Refusal.Hint, c.says)
			}
		})
	}
}

// TestConsentEverywhere walks every combination and holds what must be true of all of them.
func TestConsentEverywhere(t *testing.T) {
	bools := []bool{false, true}
	n := 0
	for _, base := range []Intent{ours, nearby, remote} {
		for class := Apply; class <= Reset; class++ {
			for _, loses := range bools {
				for _, tty := range bools {
					for _, yes := range bools {
						for _, ci := range bools {
							for _, agent := range []string{"", "CLAUDECODE"} {
								for _, typed := range []string{"", "yes", "no", "shop"} {
									n++
									i := with(base, class, loses)
									s := Setting{TTY: tty, Yes: yes, CI: ci, Agent: agent, Typed: typed}
									d := Consent(i, s)
									free := i.Ours && !(class == Reset && loses)
									switch {
									case (d.Verdict == Denied) != (d.Refusal != nil):
										t.Errorf("%+v %+v: verdict and refusal disagree", i, s)
									case (d.Verdict == AskYesNo || d.Verdict == AskTyped) && (!tty || agent != "" || typed != "" || yes):
										t.Errorf("%+v %+v: asks", i, s)
									case d.Verdict == Allowed && !free && d.By == "":
										t.Errorf("%+v %+v: allowed by nobody", i, s)
									case d.Verdict == Allowed && !free && agent != "" && (!i.Local || class == Reset):
										t.Errorf("%+v %+v: an agent said yes to itself", i, s)
									case d.Verdict == Allowed && d.By == "CI" && class != Apply:
										t.Errorf("%+v %+v: CI said yes", i, s)
									case d.Verdict == Denied && (d.Refusal.Exit != finding.Refused || d.Refusal.Hint == "" ||
										!strings.Contains(d.Refusal.Message, "nothing was changed")):
										t.Errorf("%+v %+v: refusal %+v", i, s, d.Refusal)
									}
								}
							}
						}
					}
				}
			}
		}
	}
	if n == 0 {
		t.Fatal("nothing was tried")
	}
}

func TestAskForConsent(t *testing.T) {
	for _, c := range []struct {
		name    string
		intent  Intent
		answer  string
		fail    error
		env     map[string]string
		noTTY   bool
		agent   AgentMode
		code    finding.Code // "" where it is allowed
		exit    finding.Exit
		kind    QuestionKind
		asked   bool
		answers []event.Answered
	}{
		{name: "yes", intent: with(remote, Apply), answer: "yes", asked: true, answers: []event.Answered{{Yes: true, By: "terminal"}}},
		{name: "no", intent: with(remote, Apply), answer: "no", asked: true, code: finding.NeedsConsent, exit: finding.Refused, answers: []event.Answered{{By: "terminal"}}},
		{name: "typed", intent: with(remote, Reset), answer: "shop", kind: Typed, asked: true, answers: []event.Answered{{Yes: true, By: "terminal"}}},
		{name: "typed nothing", intent: with(remote, Reset), kind: Typed, asked: true, code: finding.NeedsConsent, exit: finding.Refused, answers: []event.Answered{{By: "terminal"}}},
		{name: "Ctrl-C", intent: with(remote, Apply), fail: context.Canceled, asked: true, exit: finding.Interrupted},
		{name: "cairn's own", intent: with(ours, Reset)},
		{name: "rows lost", intent: with(ours, Reset, true), noTTY: true, code: finding.RowsWouldBeLost, exit: finding.Refused},
		{name: "exported SUPABASE_YES", intent: with(remote, Reset), env: map[string]string{"SUPABASE_YES": "true"}, noTTY: true, answers: []event.Answered{{Yes: true, By: "--yes"}}},
		{name: "SUPABASE_YES of an agent", intent: with(remote, Apply), env: map[string]string{"SUPABASE_YES": "1", "GEMINI_CLI": "1"}, code: finding.NeedsConsent, exit: finding.Refused},
		{name: "a person in an agent's shell", intent: with(remote, Apply), env: map[string]string{"CI": "true", "GEMINI_CLI": "1"}, noTTY: true, agent: AgentNo, answers: []event.Answered{{Yes: true, By: "CI"}}},
		{name: "CI=false", intent: with(remote, Apply), env: map[string]string{"CI": "false"}, noTTY: true, code: finding.NeedsConsent, exit: finding.Refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := false
			a := &App{Agent: c.agent, Getenv: func(name string) string { return c.env[name] }}
			if !c.noTTY {
				a.Ask = func(_ context.Context, q Question) (string, error) {
					asked = true
					if q.Kind != c.kind {
						t.Errorf("asked %+v, want kind %d", q, c.kind)
					}
					return c.answer, c.fail
				}
			}
			var answers []event.Answered
			err := a.consent(t.Context(), c.intent, func(e event.Event) {
				if e, ok := e.(event.Answered); ok {
					answers = append(answers, e)
				}
			})
			if asked != c.asked {
				t.Errorf("asked: %t, want %t", asked, c.asked)
			}
			if ExitOf(err) != c.exit {
				t.Errorf("exit %d, want %d (%v)", ExitOf(err), c.exit, err)
			}
			if f := finding.As(err); c.code != "" && (f == nil || f.Code != c.code) {
				t.Errorf("error %v, want code %s", err, c.code)
			}
			if diff := cmp.Diff(c.answers, answers); diff != "" {
				t.Errorf("answers told (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDetectAgent(t *testing.T) {
	for _, c := range []struct {
		mode AgentMode
		env  map[string]string
		want string
	}{
		{Auto, nil, ""},
		{"", map[string]string{"CLAUDECODE": "1"}, "CLAUDECODE"},
		{Auto, map[string]string{"CURSOR_AGENT": "1"}, "CURSOR_AGENT"},
		{Auto, map[string]string{"CODEX_SANDBOX": "seatbelt"}, "CODEX_SANDBOX"},
		{Auto, map[string]string{"CODEX_HOME": "/home/ann/.codex", "AIDER_MODEL": "x"}, ""},
		{Auto, map[string]string{"GEMINI_CLI": "0"}, ""},
		{AgentNo, map[string]string{"CLAUDECODE": "1"}, ""},
		{AgentYes, nil, "--agent yes"},
	} {
		if got := DetectAgent(c.mode, func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("mode %q, environment %v: %q, want %q", c.mode, c.env, got, c.want)
		}
	}
}

// TestExitCodes freezes DESIGN §10's table: scripts of users depend on these numbers.
func TestExitCodes(t *testing.T) {
	want := map[finding.Exit]int{
		finding.OK: 0, finding.Findings: 1, finding.Usage: 2, finding.Refused: 3, finding.Failed: 4, finding.Partial: 5,
		finding.Locked: 6, finding.InDoubt: 7, finding.Unreachable: 8, finding.Bug: 9, finding.Interrupted: 130,
	}
	if len(want) != 11 {
		t.Fatalf("%d different codes, want 11", len(want))
	}
	for exit, number := range want {
		if int(exit) != number {
			t.Errorf("exit code %d has become %d", number, exit)
		}
	}
	refusal := &finding.Finding{Message: "no", Exit: finding.Refused}
	for _, c := range []struct {
		name string
		err  error
		want finding.Exit
	}{
		{"nothing wrong", nil, finding.OK},
		{"a finding", refusal, finding.Refused},
		{"a wrapped finding", errors.Join(errors.New("while pushing"), refusal), finding.Refused},
		{"an interrupt", context.Canceled, finding.Interrupted},
		{"a finding about an interrupt", &finding.Finding{Exit: finding.Partial, Cause: context.Canceled}, finding.Partial},
		{"a finding without an exit code", &finding.Finding{Message: "?"}, finding.Bug},
		{"anything else", errors.New("disk on fire"), finding.Bug},
		{"a deadline nobody handled", context.DeadlineExceeded, finding.Bug},
	} {
		if got := ExitOf(c.err); got != c.want {
			t.Errorf("%s: exit %d, want %d", c.name, got, c.want)
		}
	}
}
