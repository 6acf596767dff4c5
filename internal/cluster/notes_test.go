package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/pgbin"
)

func TestNotes(t *testing.T) {
	h := Host{Postgres: &pgbin.Installation{Version: "17.10", Bin: "/bin"}, Cache: t.TempDir()}
	a, b := Template{}, Template{Fingerprint: "another"}
	if got := h.Note(a, "n"); got != nil {
		t.Errorf("nothing was noted, and there is %q", got)
	}
	set := func(of Template, name, text string) {
		t.Helper()
		if err := h.SetNote(of, name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	set(a, "n", "first")
	set(a, "n", "second")
	set(b, "n", "other")
	if got := string(h.Note(a, "n")) + " " + string(h.Note(b, "n")); got != "second other" {
		t.Errorf("noted is %q", got)
	}
	for i := range fewNotes { // the oldest go
		name := fmt.Sprint("more", i)
		set(a, name, name)
		old := time.Now().Add(time.Duration(i-fewNotes) * time.Minute)
		if err := os.Chtimes(filepath.Join(h.notes(a), name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	set(a, "last", "last")
	if string(h.Note(a, "n")) != "second" || string(h.Note(a, "last")) != "last" || h.Note(a, "more0") != nil || h.Note(a, "more7") == nil {
		t.Error("not the ones used last were kept")
	}
}
