package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/finding"
)

// workshop is an App in a new project, with files by their paths in it.
type workshop struct {
	*App
	root     string
	findings []*finding.Finding
	written  []string
}

func newWorkshop(t *testing.T, files map[string]string) *workshop {
	t.Helper()
	w := &workshop{root: t.TempDir()}
	w.put(t, map[string]string{"supabase/config.toml": "project_id = \"studio\"\n"})
	w.put(t, files)
	w.App = &App{
		Cwd: w.root, Agent: AgentNo, Getenv: os.Getenv,
		Now: func() time.Time { return time.Date(2026, 1, 15, 10, 30, 0, 0, time.UTC) },
	}
	return w
}

func (w *workshop) put(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(w.root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func in(dir string, files map[string]string) map[string]string {
	all := map[string]string{}
	for name, text := range files {
		all[dir+"/"+name] = text
	}
	return all
}

func (w *workshop) name(path string) string {
	rel, err := filepath.Rel(w.root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

// files returns the names of all files under a folder of the project.
func (w *workshop) files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(filepath.Join(w.root, dir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, w.name(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
