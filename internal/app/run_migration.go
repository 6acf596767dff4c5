package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/scaffold"
)

// RunMigrationRequest asks to apply one migration file.
type RunMigrationRequest struct {
	Where
	RunOptions
	File       string // a path, a version, or a name; a file elsewhere is copied into the migrations folder
	IncludeAll bool   // --include-all: although others are pending before it, or later ones applied
	DryRun     bool   // --dry-run: prove it, return the SQL and change nothing
	NoProof    bool   // --no-proof: do not try it on a copy first
}

// RunMigrationResult says what became of the file.
type RunMigrationResult struct {
	File   string `json:"file"`
	Copied string `json:"copied_from,omitempty" jsonschema:"where the file stood that File is a copy of, or would be"`
	PushResult
}

// chosen narrows a push down to files that were asked for. They are proven first.
type chosen struct {
	// narrow returns the files that count: those that the history holds, and of the others what is to be applied.
	narrow func(all []*migration.Migration, h *history.History) ([]*migration.Migration, error)
	// ready is called with what will run between the yes to it and the first change.
	ready    func(pending []*migration.Migration) error
	unproven bool
	unseen   bool // nobody has seen the files when the command was typed
}

// RunMigration proves and applies one file, as a push of it alone would.
func (a *App) RunMigration(ctx context.Context, req RunMigrationRequest, s event.Sink) (*RunMigrationResult, error) {
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
	m, data, err := a.named(p, listing.Migrations, req.File)
	if err != nil {
		return nil, err
	}
	if err := tellFindings(concerning(listing.Findings, m), s); err != nil {
		return nil, err
	}
	copied := data != nil
	if copied {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.Copied, Severity: finding.Note, At: m.File.Span(0, 0),
			Message: "this file has no place in the history: it runs as a copy, " + shownIn(p, m.Path),
		}})
	}
	one := &chosen{unproven: req.NoProof, narrow: func(all []*migration.Migration, h *history.History) ([]*migration.Migration, error) {
		return only(m, all, h, req.IncludeAll)
	}}
	wrote := false
	one.ready = func([]*migration.Migration) error {
		if !copied {
			return unmoved(m)
		}
		if err := scaffold.Write(dir(p), filepath.Base(m.Path), data, false); err != nil {
			return err
		}
		wrote = true
		s(event.FileWritten{Path: shownIn(p, m.Path)})
		return nil
	}
	result, err := a.push(ctx, p, push{
		PushRequest: PushRequest{Where: req.Where, RunOptions: req.RunOptions, IncludeAll: req.IncludeAll, DryRun: req.DryRun},
		verb:        "run-migration", local: listing.Migrations, chosen: one,
	}, s)
	if wrote && cleanly(err) && !begun(m, result) && unmoved(m) == nil {
		_ = os.Remove(m.Path) // what did not run is no migration of the project yet
	}
	if result == nil {
		return nil, err
	}
	out := &RunMigrationResult{File: shownIn(p, m.Path), PushResult: *result}
	if copied {
		out.Copied = m.File.Name
	}
	return out, err
}

// begun reports whether the target may know of m after a push that failed: as a version, or by a step of one that runs in
// several, which is announced before it runs.
func begun(m *migration.Migration, result *PushResult) bool {
	return result != nil && (!m.Transactional() || len(result.Applied)+len(result.ByOther) > 0)
}

// cleanly reports whether an error left nothing of what was asked for on the target.
func cleanly(err error) bool {
	switch ExitOf(err) {
	case finding.OK, finding.Partial, finding.InDoubt, finding.Bug:
		return false
	}
	return true
}

// only are the files that the history holds, and m. It refuses to pass over what is pending before it.
func only(m *migration.Migration, all []*migration.Migration, h *history.History, passOver bool) ([]*migration.Migration, error) {
	var files []*migration.Migration
	var earlier []string
	for _, other := range all {
		switch {
		case other == m:
		case h.Version(other.Version) != nil:
			files = append(files, other)
		case other.Version < m.Version:
			earlier = append(earlier, other.File.Name)
		}
	}
	files = merged(files, []*migration.Migration{m})
	if len(earlier) == 0 || passOver || h.Version(m.Version) != nil {
		return files, nil
	}
	return nil, &finding.Finding{
		Code: finding.EarlierPending, Severity: finding.Error, Exit: finding.Refused, At: m.File.Span(0, 0),
		Message: fmt.Sprintf("%s pending before this one: nothing was changed", isPending(len(earlier))), Detail: strings.Join(earlier, "\n"),
		Hint: "`cairn db push` applies all in their order; --include-all runs this one now, and leaves the others to be applied out of order",
	}
}

// merged are the files of both lists in the order of their versions.
func merged(x, y []*migration.Migration) []*migration.Migration {
	return slices.SortedStableFunc(slices.Values(slices.Concat(x, y)), func(a, b *migration.Migration) int { return strings.Compare(a.Version, b.Version) })
}

func isPending(n int) string { return count(n, "migration") + " " + isOrAre(n) }

// named finds the migration that a person means: by its path, its version or its name. The bytes are those of a file
// elsewhere, of which the migration is to be a copy.
func (a *App) named(p *project.Project, all []*migration.Migration, text string) (*migration.Migration, []byte, error) {
	path := a.pathOf(p, text)
	var found []*migration.Migration
	for _, m := range all {
		stem := strings.TrimSuffix(filepath.Base(m.Path), ".sql")
		switch {
		case path != "" && sameFile(m.Path, path):
			return m, nil, nil
		case path == "" && slices.Contains([]string{m.Version, m.Name, stem, stem + ".sql"}, text):
			found = append(found, m)
		}
	}
	switch {
	case path != "":
		return a.outside(p, all, path)
	case len(found) == 1:
		return found[0], nil, nil
	}
	f := noSuchFile(fmt.Sprintf("there is no file %s, and no migration of that version or name", folder.Shown(text)),
		"`cairn migration list --local` shows those that there are")
	if len(found) > 1 {
		var names []string
		for _, m := range found {
			names = append(names, m.File.Name)
		}
		f.Message = fmt.Sprintf("%d migrations are called %s", len(found), folder.Shown(text))
		f.Detail, f.Hint = strings.Join(names, "\n"), "name the one that is meant by its version"
	}
	return nil, nil, f
}

func noSuchFile(message, hint string) *finding.Finding {
	return &finding.Finding{Code: finding.NoSuchFile, Severity: finding.Error, Exit: finding.Usage, Message: message, Hint: hint}
}

// pathOf is where the file stands that text names: from where we are, in the project, or in its migrations folder. It is
// "" where there is none.
func (a *App) pathOf(p *project.Project, text string) string {
	for _, base := range []string{a.Cwd, p.Root, p.Migrations} {
		path := text
		if !filepath.IsAbs(path) {
			path = filepath.Join(base, text)
		}
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	return ""
}

func sameFile(x, y string) bool {
	a, err := os.Stat(x)
	b, no := os.Stat(y)
	return err == nil && no == nil && os.SameFile(a, b)
}

// outside is the migration that a file elsewhere becomes: the one of the folder with the same bytes, or a copy with the
// version in its name, where that is free, or else with a new one. Its findings name the file that it is made of.
func (a *App) outside(p *project.Project, all []*migration.Migration, path string) (*migration.Migration, []byte, error) {
	shown, base := shownIn(p, path), filepath.Base(path)
	version, name, ok := migration.ParseName(base)
	switch dir := filepath.Dir(path); {
	case !strings.HasSuffix(base, ".sql"):
		return nil, nil, noSuchFile(shown+" is no .sql file", "`cairn db query -f FILE` runs the SQL of any file, and records nothing")
	case sameFile(dir, p.Rollbacks), ok && sameFile(dir, p.Migrations):
		return nil, nil, noSuchFile(shown+" is no migration that goes forward", "`cairn migration down` runs down files; `cairn migration check` says what it is taken for")
	case sameFile(dir, p.Migrations):
		return nil, nil, noSuchFile(shown+" has no version in its name, and the history could not hold it",
			"rename it to <version>_<name>.sql; `cairn migration adopt "+shownIn(p, dir)+"` does so for all such files")
	}
	tree, err := folder.Open(filepath.Dir(path))
	if err != nil {
		return nil, nil, err
	}
	defer tree.Close()
	data, err := tree.Read(base, largestCopy)
	if err != nil {
		return nil, nil, err
	}
	m, findings := migration.Parse(shown, data)
	var versions []string
	for _, other := range all {
		if other.Checksum == m.Checksum {
			return other, nil, nil
		}
		versions = append(versions, other.Version)
	}
	for _, f := range findings {
		if f.Severity == finding.Error {
			return nil, nil, f
		}
	}
	if !ok || slices.Contains(versions, version) {
		version, name = migration.NextVersion(a.Now(), versions), migration.Slug(strings.TrimSuffix(base, ".sql"))
	}
	m.Version, m.Name, m.Path = version, name, filepath.Join(p.Migrations, migration.FileName(version, name))
	return m, data, nil
}

// largestCopy is the largest file elsewhere that is copied, in bytes.
const largestCopy = 64 << 20

// concerning are the findings about one file, and about no file in particular.
func concerning(findings []*finding.Finding, m *migration.Migration) []*finding.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f *finding.Finding) bool {
		return f.At.File != nil && f.At.File != m.File || f.At.File == nil && f.Severity != finding.Error
	})
}

// unmoved refuses a file that is no longer the one that was proven and shown.
func unmoved(m *migration.Migration) error {
	data, err := os.ReadFile(m.Path)
	if now, _ := migration.Parse(m.File.Name, data); err == nil && now.Checksum == m.Checksum {
		return nil
	}
	return &finding.Finding{
		Code: finding.FileMoved, Severity: finding.Error, Exit: finding.Refused, At: m.File.Span(0, 0), Cause: err,
		Message: "this file changed after it was proven: nothing was changed on the target", Hint: "run it again",
	}
}
