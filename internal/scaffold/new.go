// Package scaffold writes new files of a project: migrations from templates, from the table builder or from given
// text, a project's first files, and versioned copies of files without versions. Files appear whole or not at all,
// never outside the project, and never in place of another without a word.
package scaffold

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/migration"
)

// Request says what migration to write. At most one of Body, Parts, Template and Table is set; without any, the file holds
// the header alone.
type Request struct {
	Dir      migration.Dir
	Name     string    // any text: it becomes the description, and as a slug the file's name
	Now      time.Time // the version, and the date in the header
	Version  string    // the version to take; "" makes one
	Numbered bool      // go on with the numbers of a project that counts: 00103 behind 00102
	Existing []string  // versions that are taken besides those of the folder: those of the target's history
	Author   string    // for the header; "" leaves the line out
	Plain    bool      // the project is for plain Postgres

	Body     []byte // written byte for byte, without a header
	Parts    []Part // composed text, a file each
	Template string
	Set      map[string]string
	Table    *Table
}

// Result is what was written.
type Result struct {
	Files    []Written
	Findings []*finding.Finding
}

// Written is one migration that was written.
type Written struct {
	Version string `json:"version"`
	Name    string `json:"name"`
	Path    string `json:"path"` // absolute
}

// New writes a migration; some templates make several, which get versions one after another. All files appear or none.
// The error is a finding with exit Usage.
//
// A file that we compose begins with the three lines that the migrations of the second seed begin with, an otherwise
// empty one too: the stock CLI takes such a file for an empty migration just as it does its own empty one, and here
// `list --json` can say what it is for. Text from standard input stays as it is, since a checksum may depend on it.
func New(r Request) (*Result, error) {
	if strings.TrimSpace(r.Name) == "" {
		return nil, &finding.Finding{
			Code: finding.BadName, Severity: finding.Error, Exit: finding.Usage,
			Message: "a migration needs a name", Hint: "cairn migration new add_user_settings",
		}
	}
	parts, err := r.parts()
	if err != nil {
		return nil, err
	}
	w, err := openWriter(r.Dir)
	if err != nil {
		return nil, err
	}
	defer w.close()
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = migration.Slug(r.Name)
		if p.Suffix != "" {
			names[i] = migration.Slug(r.Name + " " + p.Suffix)
		}
		if len(r.Body) == 0 {
			parts[i].SQL = r.header(p) + p.SQL
		}
	}
	versions, err := w.versions(r, len(parts))
	if err != nil {
		return nil, err
	}
	result := &Result{}
	files := make([]folder.File, len(parts))
	for i, p := range parts {
		name := migration.FileName(versions[i], names[i])
		files[i] = folder.File{Name: path.Join(w.rel, name), Data: []byte(p.SQL)}
		result.Files = append(result.Files, Written{versions[i], names[i], filepath.Join(r.Dir.Path, name)})
	}
	if err := w.tree.Create(files...); err != nil {
		return nil, err
	}
	if len(parts) > 1 && r.Template != "" {
		result.Findings = append(result.Findings, &finding.Finding{
			Code: finding.OutOfOrder, Severity: finding.Note,
			Message: fmt.Sprintf("%d migrations were written, and a push runs all that are in the folder", len(parts)),
			Hint:    "commit each together with the version of the application that it belongs to; --set phase=1 writes one alone",
		})
	}
	return result, nil
}

// parts returns the text of each migration to write.
func (r Request) parts() ([]Part, error) {
	given := 0
	for _, is := range []bool{len(r.Body) > 0, r.Template != "", r.Table != nil, len(r.Parts) > 0} {
		if is {
			given++
		}
	}
	if given > 1 {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "a migration comes from standard input, a template or a table, not from two of them",
		}
	}
	switch {
	case len(r.Body) > 0:
		return []Part{{SQL: string(r.Body)}}, nil
	case len(r.Parts) > 0:
		return slices.Clone(r.Parts), nil
	case r.Table != nil:
		table := *r.Table
		table.Plain = table.Plain || r.Plain
		sql, err := table.SQL()
		return []Part{{SQL: sql}}, err
	case r.Template != "":
		t, err := Show(r.Template)
		if err != nil {
			return nil, err
		}
		if r.Plain && t.Platform == "supabase" {
			return nil, &finding.Finding{
				Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("the template %s needs the Supabase platform, and this project is for plain Postgres", t.Name),
				Hint:    `take another, or set platform = "supabase" under [cairn]`,
			}
		}
		return t.Render(r.Set)
	case len(r.Set) > 0:
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "--set gives values to a template, and none is named", Hint: "cairn template list",
		}
	}
	return []Part{{}}, nil
}

// header returns the comment that a migration begins with.
func (r Request) header(p Part) string {
	var b strings.Builder
	what := oneLine(r.Name)
	if !strings.ContainsAny(what, " ") {
		what = strings.ReplaceAll(migration.Slug(what), "_", " ")
	}
	if p.Suffix != "" {
		what += ", phase " + strings.ReplaceAll(p.Suffix, "_", ": ")
	}
	fmt.Fprintf(&b, "-- Description: %s\n", what)
	if author := oneLine(r.Author); author != "" {
		fmt.Fprintf(&b, "-- Author: %s\n", author)
	}
	fmt.Fprintf(&b, "-- Date: %s\n\n", r.Now.UTC().Format(time.DateOnly))
	return b.String()
}

// oneLine returns text as it may stand in a comment: in one line, and without characters that cannot be seen.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return ' '
		}
		if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// Author returns who writes, for a header: GIT_AUTHOR_NAME, or else what git knows in that folder; "" where it does
// not know or is not there. It waits for git no longer than a second.
func Author(ctx context.Context, dir string, getenv func(string) string) string {
	if name := getenv("GIT_AUTHOR_NAME"); name != "" {
		return name
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", "config", "--get", "user.name")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// writer writes migrations into a folder, which it makes where it is missing.
type writer struct {
	tree     *folder.Folder
	rel      string // the folder in the tree
	dir      migration.Dir
	reserved []func()
}

func openWriter(dir migration.Dir) (*writer, error) {
	tree, err := folder.Open(dir.Root)
	if err != nil {
		return nil, err
	}
	if rel, ok := tree.Within(dir.Path); ok {
		return &writer{tree: tree, rel: rel, dir: dir}, nil
	}
	_ = tree.Close()
	if tree, err = folder.Open(dir.Path); err != nil {
		return nil, err
	}
	return &writer{tree: tree, rel: ".", dir: dir}, nil
}

// close gives the reserved versions back.
func (w *writer) close() {
	for _, release := range w.reserved {
		release()
	}
	_ = w.tree.Close()
}

// versions chooses n versions and reserves each, so that no other process takes it before its file is there.
func (w *writer) versions(r Request, n int) ([]string, error) {
	var chosen []string
	taken := slices.Clone(r.Existing)
	for len(chosen) < n {
		inFolder, err := w.dir.Versions()
		if err != nil {
			return nil, err
		}
		version, err := r.next(append(inFolder, taken...))
		if err != nil {
			return nil, err
		}
		release, err := w.tree.Reserve(path.Join(w.rel, version))
		switch {
		case errors.Is(err, folder.ErrReserved):
			if r.Version != "" {
				return nil, versionTaken(version)
			}
			taken = append(taken, version)
			continue
		case err != nil:
			return nil, err
		}
		w.reserved = append(w.reserved, release)
		// Its file may have come between our look and our reservation.
		if inFolder, err = w.dir.Versions(); err != nil {
			return nil, err
		}
		taken = append(taken, version)
		if !slices.Contains(inFolder, version) {
			chosen = append(chosen, version)
		}
	}
	return chosen, nil
}

// next returns the version behind those that are taken.
func (r Request) next(taken []string) (string, error) {
	switch {
	case r.Version != "":
		if _, _, ok := migration.ParseName(migration.FileName(r.Version, "")); !ok {
			return "", &finding.Finding{
				Code: finding.BadName, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("%q is no version", r.Version), Hint: "a version is of the digits 0 to 9",
			}
		}
		if slices.Contains(taken, r.Version) {
			return "", versionTaken(r.Version)
		}
		return r.Version, nil
	case r.Numbered:
		return migration.NextNumber(taken)
	}
	return migration.NextVersion(r.Now, taken), nil
}

func versionTaken(version string) error {
	return &finding.Finding{
		Code: finding.DuplicateVersion, Severity: finding.Error, Exit: finding.Usage,
		Message: "there is a migration of version " + version + " already",
	}
}
