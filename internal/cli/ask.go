package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/render"
)

// patience is how long a question waits for its answer. A run that nobody watches must not hang for ever.
const patience = 10 * time.Minute

// asker puts questions to the person at a terminal.
type asker struct {
	in     io.Reader
	screen *render.Screen // where the questions go
	text   *render.Text   // what is told there meanwhile
	limit  time.Duration  // how long an answer may take
	forget func()         // forgets what was typed and not read

	lines   chan answer // what the reading goroutine has read
	next    chan struct{}
	reading bool // it was told to, and nobody took the line yet
}

type answer struct {
	line string
	err  error
}

// Ask puts q until it has an answer that counts. It is the Ask of app.App.
func (a *asker) Ask(ctx context.Context, q app.Question) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, a.limit, errPatience)
	defer cancel()
	a.text.Pause()
	defer a.text.Resume()
	if q.Fresh {
		a.forget()
	}
	if q.Detail != "" {
		a.screen.Printf("%s\n", q.Detail)
	}
	for {
		a.screen.Styled(render.Bold, "%s", q.Text)
		a.screen.Printf("%s", offer(q))
		line, err := a.line(ctx)
		if err != nil {
			a.screen.Printf("\n")
			return "", err
		}
		text, complaint := read(q, line)
		if complaint == "" {
			return text, nil
		}
		a.screen.Styled(render.Yellow, "%s\n", complaint)
	}
}

// offer is what stands between the question and the answer.
func offer(q app.Question) string {
	switch {
	case q.Kind == app.YesNo && q.Default == "yes":
		return " [Y/n] "
	case q.Kind == app.YesNo:
		return " [y/N] "
	case q.Kind == app.Line && q.Default != "":
		return " [" + q.Default + "] "
	default:
		return " "
	}
}

// read returns what a line answers to q, or a complaint.
func read(q app.Question, line string) (text, complaint string) {
	line = strings.TrimSpace(line)
	if q.Kind == app.Typed {
		return line, ""
	}
	if line == "" {
		line = q.Default
	}
	if q.Kind == app.YesNo {
		switch strings.ToLower(line) {
		case "y", "yes":
			return "yes", ""
		case "n", "no", "":
			return "no", ""
		}
		return "", "Please answer yes or no."
	}
	if q.Check != nil {
		if err := q.Check(line); err != nil {
			return "", err.Error()
		}
	}
	return line, ""
}

var errPatience = errors.New("nobody answered")

// line reads the next line. The read itself cannot be called off: after a cancelled context the goroutine that does it
// waits on, for the answer to a later question or the end of the process.
func (a *asker) line(ctx context.Context) (string, error) {
	if a.lines == nil {
		a.lines, a.next = make(chan answer, 1), make(chan struct{})
		go func() {
			r := bufio.NewReader(a.in)
			for range a.next {
				line, err := r.ReadString('\n')
				a.lines <- answer{line, err}
			}
		}()
	}
	if a.reading {
		select {
		case <-a.lines: // typed since nobody asked any more: it answers nothing
			a.reading = false
		default:
		}
	}
	if !a.reading {
		select {
		case a.next <- struct{}{}:
			a.reading = true
		case <-ctx.Done():
			return "", a.gaveUp(ctx)
		}
	}
	select {
	case got := <-a.lines:
		a.reading = false
		if got.err != nil {
			return "", noAnswer("the terminal was closed", got.err)
		}
		return got.line, nil
	case <-ctx.Done():
		return "", a.gaveUp(ctx)
	}
}

// gaveUp says why there will be no answer.
func (a *asker) gaveUp(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errPatience) {
		return noAnswer("nobody answered within "+render.Duration(a.limit), errPatience)
	}
	return ctx.Err()
}

func noAnswer(why string, cause error) error {
	return &finding.Finding{
		Code: finding.NeedsConsent, Severity: finding.Error, Exit: finding.Refused, Cause: cause,
		Message: why + ": nothing was changed", Hint: "run it again, or add --yes",
	}
}
