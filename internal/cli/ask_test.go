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
