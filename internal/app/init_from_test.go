package app

import (
	"testing"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

// A second run in the same folder, while the first is at work, touches nothing.
func TestInitFromIsAlone(t *testing.T) {
	w := newWorkshop(t, nil)
	w.Workdir, w.StateDir = w.root, t.TempDir()
	unlock, err := w.alone()
	if err != nil {
		t.Fatal(err)
	}
	before := w.files(t, ".")
	_, err = w.Init(t.Context(), InitRequest{From: Where{URL: secret.New("postgresql://127.0.0.1:1/none")}}, event.Discard)
	if f := finding.As(err); f == nil || f.Code != finding.InitBusy || f.Exit != finding.Locked {
		t.Errorf("got %v", err)
	}
	if after := w.files(t, "."); len(after) != len(before) {
		t.Errorf("there is %v", after)
	}
	unlock()
	_, err = w.Init(t.Context(), InitRequest{From: Where{URL: secret.New("postgresql://127.0.0.1:1/none")}}, event.Discard)
	if f := finding.As(err); f == nil || f.Code != finding.Unreached {
		t.Errorf("afterwards: %v", err)
	}
}
