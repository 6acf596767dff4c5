package app

import (
	"cmp"
	"context"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// Class says how much a verb may take away, and so what counts as a yes to it.
type Class int

// The classes.
const (
	Apply  Class = iota // push and up: forward only, and the one class that CI=true may say yes to
	Change              // any other change: repair, seed, fetch over files, a query that writes
	Down                // runs down files
	Reset               // empties the database first
)

// Intent is what a verb is about to do and where.
type Intent struct {
	Class     Class
	Action    string // a phrase that follows "to": "apply 3 migrations"
	Target    string // the target's name, without credentials
	Detail    string // what a person should know before a yes: the migrations, the rows that would be lost; may be ""
	Confirm   string // what a person types to confirm a Down or a Reset: the project's ref, the database's name; "" is "yes"
	Local     bool   // the target is shown to be on this machine (place.near)
	Protected bool   // the configuration wants every change of it typed, which CI cannot do
	Ours      bool   // it is the project's own local database, which cairn started
	LosesRows bool   // a Reset of it would lose rows that neither migrations nor seed made
	Unseen    bool   // what is applied was not there when the command was typed: on a target elsewhere only an answer is a yes
}

// Setting is what surrounds a run: who might be there to say yes, and what was said beforehand.
type Setting struct {
	TTY   bool   // a person can be asked
	Yes   bool   // --yes, or an exported SUPABASE_YES=true; one from an .env file is no yes
	CI    bool   // CI=true
	Agent string // why a coding agent is taken to be at work (DetectAgent), or ""
	Typed string // what a person typed when asked; "" before
}

// Verdict is the answer to an Intent.
type Verdict int

// The verdicts.
const (
	Allowed  Verdict = iota
	AskYesNo         // ask, and decide again with the answer in Setting.Typed
	AskTyped         // ask for Intent.Confirm to be typed, and decide again
	Denied
)

// Decision is a Verdict with what there is to tell about it.
type Decision struct {
	Verdict Verdict
	By      string           // who or what said yes: "terminal", "--yes", "CI"; "" where nobody had to
	Refusal *finding.Finding // for Denied: CA712 with exit Refused
}

// Consent decides whether a verb may do what it intends (DESIGN §10). It is a guard and not a wall: who can change this
// process's environment can change what it sees.
func Consent(i Intent, s Setting) Decision {
	if i.Ours && !(i.Class == Reset && i.LosesRows) {
		return Decision{Verdict: Allowed}
	}
	if i.Unseen && !i.Local {
		s.Yes, s.CI = false, false
	}
	if s.Agent != "" {
		// Nobody is asked here: an agent that has a terminal would answer for itself.
		switch {
		case i.Local && i.Class != Reset && s.Yes:
			return Decision{Verdict: Allowed, By: "--yes"}
		case i.Local && i.Class == Apply && s.CI:
			return Decision{Verdict: Allowed, By: "CI"}
		}
		return refuse(i, s)
	}
	switch {
	case s.Yes:
		return Decision{Verdict: Allowed, By: "--yes"}
	case s.TTY && s.Typed == "":
		return Decision{Verdict: i.ask()}
	case s.TTY && s.Typed == i.answer():
		return Decision{Verdict: Allowed, By: "terminal"}
	case !s.TTY && s.CI && i.Class == Apply && !i.Protected:
		return Decision{Verdict: Allowed, By: "CI"}
	default:
		return refuse(i, s)
	}
}

// ask is how a person is asked: on a database that is not cairn's own, what cannot be taken back has to be typed.
func (i Intent) ask() Verdict {
	if !i.Ours && (i.Class == Reset || i.Class == Down || i.Protected) {
		return AskTyped
	}
	return AskYesNo
}

// answer is the one text that means yes.
func (i Intent) answer() string {
	if i.ask() == AskTyped && i.Confirm != "" {
		return i.Confirm
	}
	return "yes"
}

// refuse says why there is no consent and what would be one.
func refuse(i Intent, s Setting) Decision {
	f := &finding.Finding{
		Code: finding.NeedsConsent, Severity: finding.Error, Exit: finding.Refused,
		Message: "no consent to " + i.Action + " on " + i.Target + ": nothing was changed",
	}
	if i.LosesRows {
		f.Code = finding.RowsWouldBeLost
	}
	var why string
	switch {
	case s.Agent != "" && i.Local && i.Class != Reset:
		why = "This is a coding agent's shell (" + s.Agent + ")."
		f.Hint = "ask the user first, then run it again with --yes"
	case s.Agent != "":
		why = "This is a coding agent's shell (" + s.Agent + "), where --yes and CI do not count for this."
		f.Hint = "ask the user to run it in a terminal of their own; a person in this shell passes --agent no"
	case s.Typed != "" && i.ask() == AskTyped:
		why = "What was typed is not " + strconv.Quote(i.answer()) + "."
		f.Hint = "run it again to be asked again"
	case s.Typed != "":
		why = "The answer was no."
		f.Hint = "run it again to be asked again"
	case s.CI && i.Protected:
		why = "It is protected (protected = true in its [remotes] block): CI=true is no yes to it."
		f.Hint = "run it in a terminal, or add --yes"
	case s.CI && i.Class != Apply:
		why = "There is no terminal to ask on, and CI=true is a yes to push and up only."
		f.Hint = "add --yes"
	case i.Unseen:
		why = "There is no terminal to ask on."
		f.Hint = "`cairn db push` applies it"
	default:
		why = "There is no terminal to ask on."
		f.Hint = "run it in a terminal, or add --yes"
	}
	f.Detail = why
	if i.Detail != "" && s.Typed == "" { // who typed an answer has just read it
		f.Detail = i.Detail + "\n" + why
	}
	return Decision{Verdict: Denied, Refusal: f}
}

// setting reads what surrounds this run.
func (a *App) setting() Setting {
	exported, _ := strconv.ParseBool(a.Getenv("SUPABASE_YES"))
	ci, _ := strconv.ParseBool(a.Getenv("CI"))
	return Setting{
		TTY:   a.Ask != nil,
		Yes:   a.Yes || exported,
		CI:    ci,
		Agent: DetectAgent(a.Agent, a.Getenv),
	}
}

// consent returns nil where i may be done, asking the person at the terminal if that is what it takes. Otherwise the
// error is the refusal, or context.Canceled. Every verb that changes a database or replaces files calls it first.
func (a *App) consent(ctx context.Context, i Intent, s event.Sink) error {
	set := a.setting()
	d := Consent(i, set)
	if d.Verdict == Allowed && d.By == "" {
		return nil
	}
	question := capital(i.Action) + " on " + i.Target
	if d.Verdict == AskYesNo || d.Verdict == AskTyped {
		s(event.Asked{Question: question})
		answer, err := a.Ask(ctx, i.question(question))
		if err != nil {
			return err
		}
		set.Typed = cmp.Or(answer, "no")
		d = Consent(i, set)
		s(event.Answered{Yes: d.Verdict == Allowed, By: "terminal"})
	} else if d.Verdict == Allowed {
		s(event.Asked{Question: question})
		s(event.Answered{Yes: true, By: d.By})
	}
	if d.Refusal != nil {
		return d.Refusal
	}
	return nil
}

// question puts i to a person.
func (i Intent) question(text string) Question {
	if i.ask() == AskTyped {
		return Question{Kind: Typed, Detail: i.Detail, Text: text + ". To confirm, type " + strconv.Quote(i.answer()) + ":", Fresh: i.Unseen}
	}
	q := Question{Kind: YesNo, Detail: i.Detail, Text: text + "?", Default: "no", Fresh: i.Unseen}
	if i.Class == Apply && !i.Unseen {
		q.Default = "yes"
	}
	return q
}

// capital returns s with a capital first letter.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
