package migration

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// downForms are the ways in which the name of a down file continues that of its up file.
var downForms = []string{"_down", "_rollback", ".down"}

// stockFolder is where the Supabase CLI runs every file forward.
const stockFolder = "supabase/migrations"

// companions finds the files that revert others: in the migrations folder by the form of their names, in the rollbacks
// folder also under the name of the up file. A name that only looks like one stays a migration. It returns the files
// that run forward, with their companions attached.
func (d Dir) companions(l *Listing, tree *folder.Folder, rel string, entries []*entry) []*entry {
	byName := make(map[string]*entry, len(entries))
	for _, e := range entries {
		byName[e.version+"_"+e.name] = e
	}
	// Shorter names first, so that a companion is known before what would be its own.
	slices.SortStableFunc(entries, func(a, b *entry) int { return len(a.name) - len(b.name) })
	ups := make([]*entry, 0, len(entries))
	for _, e := range entries {
		up, looks := upOf(byName, e)
		if up == nil {
			ups = append(ups, e)
			if looks {
				l.Findings = append(l.Findings, &finding.Finding{
					Code: finding.LoneDown, Severity: finding.Note,
					Message: d.shown(e.path) + " looks like a down file, but there is no file that it reverts: it runs forward",
					Hint:    "if it is a down file, give it the version and name of its up file",
				})
			}
			continue
		}
		delete(byName, e.version+"_"+e.name)
		d.attach(l, tree, up, e)
		if rel == stockFolder {
			l.Findings = append(l.Findings, &finding.Finding{
				Code: finding.DownInMigrations, Severity: finding.Warning,
				Message: d.shown(e.path) + " reverts " + folder.Shown(up.file) + "; the Supabase CLI would run it forward",
				Hint:    "move it to supabase/rollbacks/",
			})
		}
	}
	d.rollbacks(l, tree, byName)
	slices.SortFunc(ups, func(a, b *entry) int { return strings.Compare(a.file, b.file) })
	return ups
}

// upOf returns the file that e reverts by the form of its name, and whether its name has such a form at all.
func upOf(byName map[string]*entry, e *entry) (up *entry, looks bool) {
	for _, form := range downForms {
		base, ok := strings.CutSuffix(e.name, form)
		if !ok {
			continue
		}
		if up := byName[e.version+"_"+base]; up != nil {
			return up, true
		}
		if up := byName[e.version+"_"+base+".up"]; up != nil && form == ".down" {
			return up, true
		}
		return nil, true
	}
	return nil, false
}

// rollbacks attaches the files of the rollbacks folder.
func (d Dir) rollbacks(l *Listing, tree *folder.Folder, byName map[string]*entry) {
	if d.Rollbacks == "" {
		return
	}
	rel, ok := tree.Within(d.Rollbacks)
	if !ok {
		other, err := folder.Open(d.Rollbacks)
		if err == nil {
			_ = other.Close()
			l.Findings = append(l.Findings, &finding.Finding{
				Code: finding.OutsideProject, Severity: finding.Warning,
				Message: d.shown(d.Rollbacks) + " is not read, since it lies outside the project",
			})
		}
		return
	}
	list, err := tree.Entries(rel)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.Findings = append(l.Findings, finding.As(err))
		}
		return
	}
	for _, file := range list {
		version, name, ok := ParseName(file.Name())
		e := &entry{
			file: file.Name(), rel: path.Join(rel, file.Name()), path: filepath.Join(d.Rollbacks, file.Name()),
			version: version, name: name,
		}
		switch {
		case file.IsDir() && !strings.HasSuffix(file.Name(), ".sql") || folder.IsTemp(file.Name()):
		case !ok && strings.HasSuffix(strings.ToLower(file.Name()), ".sql"):
			reason, hint := skipReason(file.Name(), folder.Shown(rel))
			l.Findings = append(l.Findings, skipped(file.Name(), finding.Warning, reason, hint))
		case !ok:
		default:
			up, _ := upOf(byName, e)
			if up == nil {
				up = byName[version+"_"+name]
			}
			if up == nil {
				l.Findings = append(l.Findings, &finding.Finding{
					Code: finding.LoneDown, Severity: finding.Warning,
					Message: d.shown(e.path) + " reverts no migration: there is none of that version and name",
				})
				continue
			}
			d.attach(l, tree, up, e)
		}
	}
}

// attach makes down the companion of up. Two that say different things leave no safe choice.
func (d Dir) attach(l *Listing, tree *folder.Folder, up, down *entry) {
	if up.down == nil {
		up.down = down
		return
	}
	one, err := tree.Read(up.down.rel, defaultMaxSize)
	if err == nil {
		var other []byte
		if other, err = tree.Read(down.rel, defaultMaxSize); err == nil && string(one) == string(other) {
			return
		}
	}
	l.Findings = append(l.Findings, &finding.Finding{
		Code: finding.DuplicateVersion, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: fmt.Sprintf("two different files revert %s: %s and %s", folder.Shown(up.file), d.shown(up.down.path), d.shown(down.path)),
		Hint:    "keep the one that is right",
	})
}
