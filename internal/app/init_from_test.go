package app

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
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

// One migration takes the place of the history that was looked at, and of no other; no migration takes the place of none.
func TestBaselineOfWhatWasSeen(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, 17)
	const remembered = `create schema supabase_migrations; create table supabase_migrations.schema_migrations
		(version text primary key, statements text[], name text);
		insert into supabase_migrations.schema_migrations values ('1', '{select 1}', 'one')`
	baseline := func(url string, s event.Sink) error {
		w := newWorkshop(t, nil)
		w.Cwd, w.StateDir, w.Yes = t.TempDir(), t.TempDir(), true
		w.Workdir = w.Cwd
		_, err := w.Init(t.Context(), InitRequest{From: Where{URL: secret.New(url)}, Baseline: true}, s)
		return err
	}
	for name, c := range map[string]struct {
		made     string
		code     finding.Code
		recorded string
	}{
		"another run records": {"create table a (id int)", finding.HistoryMoved, "'1','2'"},
		"nothing is held":     {"select 1", finding.UnknownVersion, "'1'"},
	} {
		url := server.Database(t)
		execute(t, url, remembered)
		execute(t, url, c.made)
		err := baseline(url, func(e event.Event) {
			if f, ok := e.(event.FileWritten); ok && strings.HasSuffix(f.Path, "_baseline.sql") {
				execute(t, url, "insert into supabase_migrations.schema_migrations values ('2')")
			}
		})
		if f := finding.As(err); f == nil || f.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
		wait(t, url, "select array_agg(version order by version) = array["+c.recorded+"] from supabase_migrations.schema_migrations")
	}
}
