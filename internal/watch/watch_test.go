package watch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// site is a folder that is watched.
type site struct {
	*Folder
	t *testing.T
}

func newSite(t *testing.T, deaf bool) *site {
	t.Parallel()
	root := t.TempDir()
	s := &site{t: t, Folder: &Folder{
		Root: root, Path: filepath.Join(root, "migrations"), Quiet: 100 * time.Millisecond, deaf: deaf,
		Match: func(name string) bool { return strings.HasSuffix(name, ".sql") },
	}}
	s.make()
	t.Cleanup(s.Close)
	return s
}

func (s *site) make() {
	s.t.Helper()
	if err := os.Mkdir(s.Path, 0o755); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) path(name string) string { return filepath.Join(s.Path, name) }

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) rename(from, to string) {
	s.t.Helper()
	if err := os.Rename(s.path(from), s.path(to)); err != nil {
		s.t.Fatal(err)
	}
}

// wants waits for the next state and compares it: names and texts in turn.
func (s *site) wants(files ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	state, err := s.Next(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for i := 0; i < len(files); i += 2 {
		names = append(names, files[i])
		if state[files[i]].Sum != sha256.Sum256([]byte(files[i+1])) {
			s.t.Errorf("%s does not hold %q", files[i], files[i+1])
		}
	}
	if got := slices.Sorted(maps.Keys(state)); !slices.Equal(got, names) {
		s.t.Errorf("there are %v, want %v", got, names)
	}
}

// rests fails if a state comes while the folder is looked at a few times.
func (s *site) rests() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 4*s.Quiet)
	defer cancel()
	if state, err := s.Next(ctx); err == nil {
		s.t.Errorf("nothing changed, and there is %v", slices.Sorted(maps.Keys(state)))
	}
}

func TestNext(t *testing.T) {
	for name, deaf := range map[string]bool{"events": false, "no events": true} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, deaf)
			s.wants()
			s.write("1.sql", "one")
			s.wants("1.sql", "one")
			s.write("notes.txt", "nobody's business")
			s.write("1.sql", "one") // saved, and as it was
			s.rests()

			// As vim saves: the old file goes aside, a new one is written, the old one goes.
			s.rename("1.sql", "1.sql~")
			s.write("1.sql", "uno")
			s.wants("1.sql", "uno")
			// As VS Code and others do: a new file takes the name.
			s.write(".1.tmp", "eins")
			s.rename(".1.tmp", "1.sql")
			s.wants("1.sql", "eins")

			// The same size and the same time.
			info, err := os.Stat(s.path("1.sql"))
			if err != nil {
				t.Fatal(err)
			}
			s.write(".1.tmp", "zwei")
			if err := os.Chtimes(s.path(".1.tmp"), info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
			s.rename(".1.tmp", "1.sql")
			s.wants("1.sql", "zwei")

			if err := os.Remove(s.path("1.sql")); err != nil {
				t.Fatal(err)
			}
			s.wants()
			if err := os.Symlink("nowhere", s.path("2.sql")); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if state, err := s.Next(ctx); err != nil || len(state) != 1 {
				t.Errorf("a link to nothing: %v, %v", state, err)
			}
		})
	}
}

// TestWholeOnly: a file that is written in pieces is seen once, whole.
func TestWholeOnly(t *testing.T) {
	s := newSite(t, false)
	s.Quiet = time.Second
	s.wants()
	file, err := os.Create(s.path("1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var whole strings.Builder
	go func() {
		for i := range 30 {
			_, _ = fmt.Fprintf(file, "line %d\n", i)
			time.Sleep(10 * time.Millisecond) // the writer is slow: that is what is tried
		}
	}()
	for i := range 30 {
		fmt.Fprintf(&whole, "line %d\n", i)
	}
	s.wants("1.sql", whole.String())
}

// TestFolderComesAndGoes: a folder that is replaced is watched on, and a burst is one state.
func TestFolderComesAndGoes(t *testing.T) {
	s := newSite(t, false)
	s.write("1.sql", "one")
	s.wants("1.sql", "one")
	if err := os.Rename(s.Path, s.Path+".old"); err != nil {
		t.Fatal(err)
	}
	s.wants()
	s.make()
	var files []string
	for i := range 50 {
		name := fmt.Sprintf("%03d.sql", i)
		files = append(files, name, name)
		s.write(name, name)
	}
	s.wants(files...)
	// Whoever is in the old folder changes nothing here.
	if err := os.WriteFile(filepath.Join(s.Path+".old", "2.sql"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.rests()
	// Replaced within a moment by one that holds the same.
	if err := os.RemoveAll(s.Path); err != nil {
		t.Fatal(err)
	}
	s.make()
	for i := 0; i < len(files); i += 2 {
		s.write(files[i], files[i+1])
	}
	s.rests()
	s.write("999.sql", "more")
	s.wants(append(files, "999.sql", "more")...)
}

func TestNextEndsWithItsContext(t *testing.T) {
	s := newSite(t, false)
	s.wants()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Next(ctx); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

// TestForget: a state whose files were others when they were read comes once more.
func TestForget(t *testing.T) {
	s := newSite(t, false)
	s.write("1.sql", "one")
	s.wants("1.sql", "one")
	s.write("1.sql", "two")
	s.write("1.sql", "one")
	s.rests()
	s.Forget()
	s.wants("1.sql", "one")
	s.rests()
}
