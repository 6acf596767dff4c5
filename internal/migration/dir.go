package migration

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// Dir is a folder of migrations.
type Dir struct {
	Root      string // the project's root, absolute: names are shown relative to it, and no link may lead out of it
	Path      string // the folder, absolute
	Rollbacks string // the folder of down files, absolute; "" is none, and it need not exist
	MaxSize   int64  // the largest file we read, in bytes; 0 is 1 GiB
}

const defaultMaxSize = 1 << 30

// Listing is what a folder of migrations holds.
type Listing struct {
	Migrations []*Migration       // sorted by the bytes of their versions, then of their file names
	Findings   []*finding.Finding // all that is to be said of the files; nothing may run while one is an Error
}

// Err returns the first finding that is an Error, or nil.
func (l *Listing) Err() error {
	for _, f := range l.Findings {
		if f.Severity == finding.Error {
			return f
		}
	}
	return nil
}

// entry is a file that will be read.
type entry struct {
	file          string // its name in its folder
	rel           string // its name in the tree
	path          string // absolute
	version, name string
	down          *entry // its companion
}

// Load reads every file of the folder, once: the bytes that are hashed are the bytes that run. What is wrong with a
// file is a finding in the listing; the error, a finding with exit Usage, says that there is no folder to read
// (errors.Is(err, fs.ErrNotExist)) or that it cannot be read.
func (d Dir) Load(ctx context.Context) (*Listing, error) {
	tree, rel, err := d.open()
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	list, err := tree.Entries(rel)
	if err != nil {
		return nil, err
	}
	l := &Listing{}
	entries := d.pick(l, tree, rel, list)
	ups := d.companions(l, tree, rel, entries)
	l.Findings = append(l.Findings, collisions(list)...)
	if err := d.read(ctx, l, tree, ups); err != nil {
		return nil, err
	}
	l.Findings = append(l.Findings, duplicates(l.Migrations)...)
	l.Findings = append(l.Findings, textOrder(l.Migrations)...)
	return l, nil
}

// Loose reads every .sql file that stands directly in the folder, whatever its name, sorted by the bytes of its name:
// migrations without a version, for `adopt`. Name is the file's name without ".sql".
func (d Dir) Loose(ctx context.Context) (*Listing, error) {
	tree, rel, err := d.open()
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	list, err := tree.Entries(rel)
	if err != nil {
		return nil, err
	}
	l := &Listing{}
	var loose []*entry
	for _, e := range list {
		if name, ok := strings.CutSuffix(e.Name(), ".sql"); ok && !folder.IsTemp(e.Name()) {
			loose = append(loose, &entry{file: e.Name(), rel: path.Join(rel, e.Name()), path: filepath.Join(d.Path, e.Name()), name: name})
		} else if !e.IsDir() {
			l.Findings = append(l.Findings, skipped(e.Name(), finding.Note, "the ending is not .sql", ""))
		}
	}
	return l, d.read(ctx, l, tree, loose)
}

// open opens the project's tree and says where in it the folder is; a folder elsewhere is a tree of its own.
func (d Dir) open() (*folder.Folder, string, error) {
	tree, err := folder.Open(d.Root)
	if err != nil {
		return nil, "", err
	}
	if rel, ok := tree.Within(d.Path); ok {
		return tree, rel, nil
	}
	_ = tree.Close()
	tree, err = folder.Open(d.Path)
	return tree, ".", err
}

// Versions returns the versions in the names of the folder's files, without reading them; none where there is no folder.
func (d Dir) Versions() ([]string, error) {
	tree, rel, err := d.open()
	if err == nil {
		defer tree.Close()
		var list []fs.DirEntry
		if list, err = tree.Entries(rel); err == nil {
			var versions []string
			for _, e := range list {
				if version, _, ok := ParseName(e.Name()); ok {
					versions = append(versions, version)
				}
			}
			return versions, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return nil, err
}

// shown returns the name of the file at path as a person sees it: relative to the project where it lies in it.
func (d Dir) shown(path string) string {
	if rel, err := filepath.Rel(d.Root, path); err == nil && filepath.IsLocal(rel) {
		path = rel
	}
	return folder.Shown(filepath.ToSlash(path))
}

// pick takes the migrations out of a folder's entries by the rules of the Supabase CLI, and says which files it skips.
func (d Dir) pick(l *Listing, tree *folder.Folder, rel string, list []fs.DirEntry) []*entry {
	var entries []*entry
	for i, e := range list {
		file := e.Name()
		isSQL := strings.HasSuffix(strings.ToLower(file), ".sql")
		version, name, ok := ParseName(file)
		if i == 0 {
			if m := initRule.FindStringSubmatch(file); m != nil && m[1] < initBefore {
				l.Findings = append(l.Findings, &finding.Finding{
					Code: finding.SkippedName, Severity: finding.Warning, Exit: finding.Usage,
					Message: fmt.Sprintf(`Skipping migration %s... (replace "init" with a different file name to apply this migration)`, folder.Shown(file)),
				})
				continue
			}
		}
		switch {
		case folder.IsTemp(file):
			l.Findings = append(l.Findings, &finding.Finding{
				Code: finding.Leftover, Severity: finding.Note,
				Message: fmt.Sprintf("%s is what an interrupted write left behind", d.shown(filepath.Join(d.Path, file))),
				Hint:    "remove it",
			})
		case e.IsDir() && !isSQL:
			l.Findings = append(l.Findings, nested(tree, path.Join(rel, file))...)
		case !ok && isSQL:
			reason, hint := skipReason(file, folder.Shown(rel))
			l.Findings = append(l.Findings, skipped(file, finding.Warning, reason, hint))
		case !ok:
			l.Findings = append(l.Findings, skipped(file, finding.Note, "it is no .sql file", ""))
		case !utf8.ValidString(file):
			l.Findings = append(l.Findings, &finding.Finding{
				Code: finding.BadName, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("the name of %s is not UTF-8, so the history cannot hold it", d.shown(filepath.Join(d.Path, file))),
				Hint:    "rename it",
			})
		default:
			entries = append(entries, &entry{
				file: file, rel: path.Join(rel, file), path: filepath.Join(d.Path, file), version: version, name: name,
			})
		}
	}
	return entries
}

// skipped tells of a file that is no migration, in the words of the Supabase CLI.
func skipped(file string, severity finding.Severity, reason, hint string) *finding.Finding {
	return &finding.Finding{
		Code: finding.SkippedName, Severity: severity, Exit: finding.Usage,
		Message: fmt.Sprintf(`Skipping migration %s... (file name must match pattern "<timestamp>_name.sql")`, folder.Shown(file)),
		Detail:  reason, Hint: folder.Shown(hint),
	}
}

// nested tells of a folder in the folder, whose files nobody reads.
func nested(tree *folder.Folder, rel string) []*finding.Finding {
	count := 0
	_ = fs.WalkDir(tree.FS(), rel, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir
		}
		if !e.IsDir() && strings.HasSuffix(strings.ToLower(e.Name()), ".sql") {
			count++
		}
		return nil
	})
	if count == 0 {
		return nil
	}
	return []*finding.Finding{{
		Code: finding.SkippedName, Severity: finding.Warning, Exit: finding.Usage,
		Message: fmt.Sprintf("Skipping folder %s... (%d .sql files in it are not read)", folder.Shown(rel), count),
		Detail:  "migrations stand directly in " + folder.Shown(path.Dir(rel)),
		Hint:    "cairn migration adopt " + folder.Shown(rel),
	}}
}

// read reads and parses the files, as many at a time as there are processors.
func (d Dir) read(ctx context.Context, l *Listing, tree *folder.Folder, entries []*entry) error {
	results := make([]result, len(entries))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(entries)) {
		group.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(entries) && ctx.Err() == nil; i = next.Add(1) - 1 {
				results[i] = d.one(tree, entries[i])
			}
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, r := range results {
		if r.m != nil {
			l.Migrations = append(l.Migrations, r.m)
		}
		l.Findings = append(l.Findings, r.findings...)
	}
	slices.SortStableFunc(l.Migrations, func(a, b *Migration) int { return strings.Compare(a.Version, b.Version) })
	return nil
}

type result struct {
	m        *Migration
	findings []*finding.Finding
}

// one reads one file and its companion.
func (d Dir) one(tree *folder.Folder, e *entry) result {
	limit := d.MaxSize
	if limit == 0 {
		limit = defaultMaxSize
	}
	data, err := tree.Read(e.rel, limit)
	if err != nil {
		f, isFinding := errors.AsType[*finding.Finding](err)
		if !isFinding {
			f = &finding.Finding{Code: finding.Internal, Severity: finding.Error, Exit: finding.Bug, Message: err.Error(), Cause: err}
		}
		return result{nil, []*finding.Finding{f}}
	}
	m, findings := Parse(d.shown(e.path), data)
	m.Version, m.Name, m.Path = e.version, e.name, e.path
	if e.down != nil {
		down := d.one(tree, e.down)
		m.Down = down.m
		findings = append(findings, down.findings...)
	}
	return result{m, findings}
}
