package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// FetchRequest asks to write the migrations of a history as files.
type FetchRequest struct {
	Where
}

// FetchResult says which files were written.
type FetchResult struct {
	Target  string   `json:"target"`
	Written []string `json:"written"`
	Kept    []string `json:"kept,omitempty"`    // files that say the same as the history already
	Without []string `json:"without,omitempty"` // versions of which no statements are recorded
}

// Fetch writes each recorded migration that has no file, or another text, into the migrations folder. Files of other
// versions are left alone.
func (a *App) Fetch(ctx context.Context, req FetchRequest, s event.Sink) (_ *FetchResult, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	listing, err := a.listing(ctx, p, true)
	if err != nil {
		return nil, err
	}
	local := map[string]*migration.Migration{}
	for _, m := range listing.Migrations {
		local[m.Version] = m
	}
	at, err := a.place(ctx, p, req.Where, defaults["migration fetch"], s)
	if err != nil {
		return nil, err
	}
	t := a.tell("migration fetch", at.Name(), s)
	defer func() { t.done(err) }()
	h, err := a.historyWithText(ctx, at, s)
	if err != nil {
		return nil, err
	}
	noteUnknown(listing.Migrations, h, req.Where, defaults["migration fetch"], s)
	result := &FetchResult{Target: at.Name(), Written: []string{}}
	var files []folder.File
	var replaced []string
	for _, row := range h.Rows {
		name := recordedFile(row)
		m := local[row.Version]
		switch {
		case row.Statements == nil:
			result.Without = append(result.Without, row.Version)
			continue
		case m != nil && migration.Compare(m, row.Statements) != migration.Edited:
			result.Kept = append(result.Kept, m.File.Name)
			continue
		case m != nil:
			name = filepath.Base(m.Path)
			replaced = append(replaced, "  "+m.File.Name)
		}
		files = append(files, folder.File{Name: name, Data: []byte(migration.Text(row.Statements))})
	}
	if len(replaced) > 0 {
		intent := Intent{
			Class: Change, Action: "overwrite " + count(len(replaced), "local file") + " with the history of " + at.Name(),
			Target: "this project", Detail: strings.Join(replaced, "\n"), Local: true,
		}
		if err := a.consent(ctx, intent, s); err != nil {
			return nil, err
		}
	}
	for _, version := range result.Without {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.UnknownVersion, Severity: finding.Warning,
			Message: fmt.Sprintf("no statements are recorded for version %s: no file was written", version),
		}})
	}
	result.Written, err = writeRecorded(p, files, s)
	return result, err
}

// writeRecorded writes files into the migrations folder, in place of what has their names, and returns their paths.
func writeRecorded(p *project.Project, files []folder.File, s event.Sink) ([]string, error) {
	written := []string{}
	if err := os.MkdirAll(p.Migrations, 0o777); err != nil {
		return written, unwritableFolder(p.Migrations, err)
	}
	tree, err := folder.Open(p.Migrations)
	if err != nil {
		return written, err
	}
	defer func() { _ = tree.Close() }()
	for _, f := range files {
		if err := tree.Replace(f); err != nil {
			return written, err
		}
		path := filepath.Join(p.Migrations, f.Name)
		s(event.FileWritten{Path: path})
		written = append(written, path)
	}
	return written, nil
}

// recordedFile is the name of the file for a recorded migration. What a history calls it may be no file name at all.
func recordedFile(row history.Row) string {
	name := migration.FileName(row.Version, row.Name)
	if migration.CheckFileName(name) != nil {
		return migration.FileName(row.Version, migration.Slug(row.Name))
	}
	return name
}

func unwritableFolder(path string, err error) error {
	return &finding.Finding{
		Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage,
		Message: "the folder " + path + " cannot be made", Detail: err.Error(), Cause: err,
	}
}

// historyWithText reads a history with the statements of every version.
func (a *App) historyWithText(ctx context.Context, at *place, s event.Sink) (*history.History, error) {
	r := a.reader(at, s)
	defer r.Close()
	h, err := r.Read(ctx)
	if err != nil {
		return nil, err
	}
	return h, h.Fetch(ctx, r.Session(), appliedVersions(h))
}
