package app

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/shadow"
)

// Every two states of the example that follow one another are planned and proven both ways, on one shadow; the way from
// the first to the last, and back, in a form that can be run twice.
func TestExampleBothWays(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../examples/photobooth")
	if err != nil {
		t.Fatal(err)
	}
	a := newWorkshop(t, nil).App
	a.Cwd = root
	told := func(e event.Event) {
		if f, ok := e.(event.Found); ok && f.Finding.Code == finding.NotAgain {
			t.Errorf("%v\n%s", f.Finding, f.Finding.Detail)
		}
	}
	p, err := a.open(told)
	if err != nil {
		t.Fatal(err)
	}
	history := &comparison{app: a, project: p, sink: told, from: &end{name: EndMigrations}}
	if err := history.load(t.Context(), history.from, nil); err != nil {
		t.Fatal(err)
	}
	files := history.files
	history.files = nil // laid one by one
	server, err := history.shadow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer history.close()
	state := func(n int) *end {
		e := &end{name: EndMigrations, label: fmt.Sprintf("the first %d files", n), ours: true, state: fmt.Sprintf("after %d", n)}
		of := shadow.Base
		if n > 0 {
			history.files, of = files[:n], migrationsState
			if err := history.run(t.Context(), server, n-1); err != nil {
				t.Fatal(err)
			}
		}
		if err := server.CloneOf(t.Context(), of, e.state); err != nil {
			t.Fatal(err)
		}
		if e.catalog, err = history.inShadow(t.Context(), e.state); err != nil {
			t.Fatal(err)
		}
		return e
	}
	// both takes one state to another and back; twice says that it is done a second time.
	both := func(from, to *end, twice bool) {
		for _, pair := range [][2]end{{*from, *to}, {*to, *from}} {
			w := &comparison{app: a, project: p, sink: told, from: &pair[0], to: &pair[1], server: server}
			if err := w.narrow(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			proof, err := w.proven(t.Context(), RenamesOff)
			if err == nil && twice {
				_, err = w.again(t.Context(), proof.Plan)
			}
			if err != nil || !proof.Proven {
				t.Errorf("from %s to %s: %v\n%s", w.from.label, w.to.label, err, finding.As(err).Detail)
			}
		}
	}
	before := state(0)
	first := before
	for n := range files {
		after := state(n + 1)
		both(before, after, false)
		before = after
	}
	both(first, before, true)
}
