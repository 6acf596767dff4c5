package cli

import (
	"io"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/render"
)

// TestNobodyAnswers holds that a question does not wait for ever.
func TestNobodyAnswers(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	a := &asker{in: r, screen: &render.Screen{Out: io.Discard}, text: &render.Text{Screen: &render.Screen{Out: io.Discard}}, limit: time.Millisecond}
	_, err := a.Ask(t.Context(), app.Question{Text: "Go on?", Default: "yes"})
	if f := finding.As(err); f == nil || f.Exit != finding.Refused || f.Code != finding.NeedsConsent {
		t.Errorf("got %v", err)
	}
	if patience != 10*time.Minute {
		t.Errorf("people are given %s, want 10 minutes", patience)
	}
}

// TestAnswerThatCameTooLate holds that what is typed after a question was given up answers no later one.
func TestAnswerThatCameTooLate(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	a := &asker{in: r, screen: &render.Screen{Out: io.Discard}, text: &render.Text{Screen: &render.Screen{Out: io.Discard}}, limit: time.Millisecond}
	question := app.Question{Text: "Go on?", Default: "no"}
	if _, err := a.Ask(t.Context(), question); err == nil {
		t.Fatal("nobody answered, and there is an answer")
	}
	if _, err := io.WriteString(w, "yes\n"); err != nil { // the reader has it then
		t.Fatal(err)
	}
	for len(a.lines) == 0 {
		time.Sleep(time.Millisecond)
	}
	a.limit = time.Minute
	got := make(chan string)
	go func() {
		text, _ := a.Ask(t.Context(), question)
		got <- text
	}()
	go func() { _, _ = io.WriteString(w, "no\n") }()
	if text := <-got; text != "no" {
		t.Errorf("the answer is %q", text)
	}
}
