package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// existing loads the migrations that are there already. Which names the folder's other files have is no matter here.
func (a *App) existing(ctx context.Context, p *project.Project) ([]*migration.Migration, error) {
	listing, err := dir(p).Load(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = listing.Err()
	}
	if err != nil {
		return nil, err
	}
	return listing.Migrations, nil
}

// loose loads the files to adopt, in the order in which a person would read them and each with its down file, and the
// names of those that are adopted already. In the migrations folder itself, files with a version are migrations and
// not to be adopted.
func (a *App) loose(ctx context.Context, p *project.Project, from string, existing []*migration.Migration, s event.Sink) ([]*migration.Migration, []string, error) {
	listing, err := migration.Dir{Root: p.Root, Path: from}.Loose(ctx)
	if err != nil {
		return nil, nil, err
	}
	files := listing.Migrations
	if sameFolder(from, p.Migrations) {
		files = slices.DeleteFunc(files, func(m *migration.Migration) bool {
			_, _, versioned := migration.ParseName(filepath.Base(m.Path))
			return versioned
		})
		listing.Findings = slices.DeleteFunc(listing.Findings, func(f *finding.Finding) bool { return f.Severity != finding.Error })
	}
	if err := tellFindings(listing.Findings, s); err != nil {
		return nil, nil, err
	}
	if files, err = pair(files, s); err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		return nil, nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "there is no .sql file to adopt in " + folder.Shown(from),
			Hint:    "name the folder that holds them: cairn migration adopt DIR",
		}
	}
	adopted := map[string]string{}
	for _, m := range existing {
		adopted[m.Checksum] = m.File.Name
	}
	var already []string
	files = slices.DeleteFunc(files, func(m *migration.Migration) bool {
		as, there := adopted[m.Checksum]
		if there {
			already = append(already, m.File.Name)
			s(event.Found{Finding: &finding.Finding{
				Code: finding.FileExists, Severity: finding.Note, Message: m.File.Name + " is adopted already, as " + as,
			}})
		}
		return there
	})
	slices.SortStableFunc(files, func(x, y *migration.Migration) int { return natural(x.Name, y.Name) })
	return files, already, nil
}

// pair attaches down files to the files that they revert.
func pair(files []*migration.Migration, s event.Sink) ([]*migration.Migration, error) {
	byName := map[string]*migration.Migration{}
	for _, m := range files {
		byName[m.Name] = m
	}
	var ups []*migration.Migration
	for _, m := range files {
		up, looks := reverted(byName, m.Name)
		switch {
		case up != nil && up.Down != nil:
			return nil, &finding.Finding{
				Code: finding.DuplicateVersion, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("two files revert %s: %s and %s", up.File.Name, up.Down.File.Name, m.File.Name),
				Hint:    "keep the one that is right",
			}
		case up != nil:
			up.Down = m
			continue
		case looks:
			s(event.Found{Finding: &finding.Finding{
				Code: finding.LoneDown, Severity: finding.Note,
				Message: m.File.Name + " looks like a down file, but there is no file that it reverts: it runs forward",
				Hint:    "if it is a down file, give it the name of its up file",
			}})
		}
		ups = append(ups, m)
	}
	return ups, nil
}

// reverted returns the file that one of that name reverts, and whether its name has the form of a down file at all.
func reverted(byName map[string]*migration.Migration, name string) (up *migration.Migration, looks bool) {
	for _, form := range []string{"_down", "_rollback", ".down"} {
		if base, ok := strings.CutSuffix(name, form); ok {
			up := byName[base]
			if up == nil && form == ".down" {
				up = byName[base+".up"]
			}
			return up, true
		}
	}
	return nil, false
}

// natural compares names as people order them: those that begin with a number first, by the number, then by name with
// numbers in it counted and not spelled.
func natural(x, y string) int {
	leading := func(s string) int {
		if s != "" && s[0] >= '0' && s[0] <= '9' {
			return 0
		}
		return 1
	}
	if c := cmp.Compare(leading(x), leading(y)); c != 0 {
		return c
	}
	a, b := x, y
	for a != "" && b != "" {
		restA, restB := strings.TrimLeft(a, "0123456789"), strings.TrimLeft(b, "0123456789")
		if len(restA) < len(a) && len(restB) < len(b) {
			numberA, numberB := strings.TrimLeft(a[:len(a)-len(restA)], "0"), strings.TrimLeft(b[:len(b)-len(restB)], "0")
			if c := cmp.Or(cmp.Compare(len(numberA), len(numberB)), strings.Compare(numberA, numberB)); c != 0 {
				return c
			}
			a, b = restA, restB
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(x, y))
}

func sameFolder(x, y string) bool {
	a, err := os.Stat(x)
	if err != nil {
		return false
	}
	b, err := os.Stat(y)
	return err == nil && os.SameFile(a, b)
}
