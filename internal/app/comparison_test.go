package app

import (
	"bytes"
	"testing"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/shadow"
)

// What is noted of the platform is what a server holds on which nothing was run, whatever a project's roles.sql does; a note
// that is no catalog is read anew.
func TestNoteOfThePlatform(t *testing.T) {
	t.Parallel()
	quietly := func(event.Event) {}
	compare := func(files map[string]string) (*comparison, shadow.Options) {
		a := newWorkshop(t, files).App
		p, err := a.open(quietly)
		if err != nil {
			t.Fatal(err)
		}
		w := &comparison{app: a, project: p, sink: quietly, from: &end{name: EndMigrations}}
		t.Cleanup(w.close)
		if err := w.load(t.Context(), w.from, nil); err != nil {
			t.Fatal(err)
		}
		a.Build.Version = t.Name() // notes of its own
		o, err := a.shadowOptions(p, quietly)
		if err != nil {
			t.Fatal(err)
		}
		return w, o
	}
	noted := func(w *comparison, o shadow.Options) []byte {
		data, err := o.Note(t.Context(), w.note(kinds.Database()))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	renames, o := compare(map[string]string{
		"supabase/roles.sql": "alter role authenticated rename to auth2;", "supabase/migrations/20260101000000_t.sql": "create table t ();",
	})
	if err := o.SetNote(t.Context(), renames.note(kinds.Database()), []byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, err := renames.lay(t.Context()); err != nil {
		t.Fatal(err)
	}
	if base, err := renames.platform(t.Context()); err != nil || base.Get("schema", "auth") == nil {
		t.Fatalf("the platform: %v", err)
	}
	if note := noted(renames, o); string(note) != "{" {
		t.Errorf("what ran on the server is noted: %d bytes", len(note))
	}
	plain, o := compare(nil)
	base, err := plain.platform(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	note := noted(plain, o)
	if bytes.Contains(note, []byte("auth2")) || !bytes.Contains(note, []byte("authenticated")) {
		t.Errorf("the note has %d bytes, without what the platform holds, or with what a project does", len(note))
	}
	again, _ := compare(nil)
	from, err := again.platform(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again.server != nil || len(catalog.Diff(from, base)) > 0 || from.Database != base.Database {
		t.Error("the note is not the catalog that was read, or was not taken")
	}
}
