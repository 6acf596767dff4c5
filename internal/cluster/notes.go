package cluster

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cairndb/cairn/internal/pgbin"
)

// fewNotes is how many notes about a template are kept: each build of a program may write its own.
const fewNotes = 8

// Note returns what was noted about a template under that name, nil where nothing is.
func (h Host) Note(t Template, name string) []byte {
	path := filepath.Join(h.notes(t), name)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	touch(path)
	touch(filepath.Dir(path))
	return data
}

// SetNote notes something about a template: what can be found out again. It goes when nobody has used it for long, or when
// there are too many of them. The error is a *finding.Finding.
func (h Host) SetNote(t Template, name string, data []byte) error {
	dir := h.notes(t)
	if err := pgbin.Folder(dir); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".note-*")
	if err != nil {
		return unwritable(dir, err)
	}
	_, err = temp.Write(data)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return unwritable(dir, err)
	}
	forget(dir)
	return nil
}

// notes is the folder for what is noted about a template.
func (h Host) notes(t Template) string {
	return filepath.Join(h.Cache, "templates", h.templateName(t)+".notes")
}

// forget removes all notes but the few that were used last.
func forget(dir string) {
	entries, _ := os.ReadDir(dir)
	var all []fs.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			all = append(all, info)
		}
	}
	keepNewest(dir, all, fewNotes)
}
