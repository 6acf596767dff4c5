package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/scaffold"
)

// AdoptRequest asks to make migrations of files that have no version.
type AdoptRequest struct {
	Dir         string // the folder that holds them, absolute or relative to the current directory
	KeepNumbers bool   // --keep-numbers: the number that a name begins with becomes the version
	DryRun      bool   // --dry-run: say the order and write nothing
}

// AdoptResult says in which order the files run, and under which names.
type AdoptResult struct {
	From    string    `json:"from" jsonschema:"the folder that was read, absolute"`
	To      string    `json:"to" jsonschema:"the migrations folder, absolute"`
	DryRun  bool      `json:"dry_run,omitempty" jsonschema:"nothing was written"`
	Order   []Adopted `json:"order" jsonschema:"in the order in which Postgres takes them"`
	Already []string  `json:"already,omitempty" jsonschema:"files of which the migrations folder has a copy"`
}

// Adopted is a file and its copy with a version.
type Adopted struct {
	scaffold.Adoption
	Down *scaffold.Adoption `json:"down,omitempty" jsonschema:"the file that reverts it, and the copy of that"`
}

// Adopt finds an order in which Postgres takes the files of a folder, by running them on a shadow behind the migrations
// that are there already, proves it on a fresh one, and writes copies with versions into the migrations folder: all of
// them or none.
func (a *App) Adopt(ctx context.Context, req AdoptRequest, s event.Sink) (_ *AdoptResult, err error) {
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	from := req.Dir
	if !filepath.IsAbs(from) {
		from = filepath.Join(a.Cwd, from)
	}
	existing, err := a.existing(ctx, p)
	if err != nil {
		return nil, err
	}
	files, already, err := a.loose(ctx, p, filepath.Clean(from), existing, s)
	if err != nil {
		return nil, err
	}
	result := &AdoptResult{From: filepath.Clean(from), To: p.Migrations, DryRun: req.DryRun, Order: []Adopted{}, Already: already}
	if len(files) == 0 {
		return result, nil
	}
	t := &trial{app: a, project: p, sink: s}
	defer t.close()
	if t.roles, err = a.rolesFile(p, s); err != nil {
		return nil, err
	}
	order, err := t.find(ctx, existing, files)
	if err != nil {
		return nil, err
	}
	write := scaffold.AdoptRequest{Dir: dir(p), Files: order, KeepNumbers: req.KeepNumbers, Now: a.Now()}
	plan, err := scaffold.PlanAdopt(write)
	if err != nil {
		return nil, err
	}
	if err := t.prove(ctx, existing, order, plan); err != nil {
		return nil, err
	}
	downs := plannedDowns(p, order, plan)
	if !req.DryRun {
		if plan, err = scaffold.Adopt(write); err == nil {
			downs = plannedDowns(p, order, plan)
			err = writeDowns(p, downs, plan)
		}
		if err != nil {
			return nil, err
		}
	}
	for i, up := range plan {
		adopted := Adopted{Adoption: up, Down: downs[i].adoption()}
		result.Order = append(result.Order, adopted)
		if !req.DryRun {
			s(event.FileWritten{Path: up.To})
			if adopted.Down != nil {
				s(event.FileWritten{Path: adopted.Down.To})
			}
		}
	}
	return result, nil
}

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

// planned is the copy of a down file to be.
type planned struct {
	file *migration.Migration // nil where there is no down file
	to   scaffold.Adoption
}

func (d planned) adoption() *scaffold.Adoption {
	if d.file == nil {
		return nil
	}
	return &d.to
}

// plannedDowns says where the down files of an order go: the rollbacks folder, where no tool runs them forward.
func plannedDowns(p *project.Project, order []*migration.Migration, plan []scaffold.Adoption) []planned {
	downs := make([]planned, len(order))
	for i, m := range order {
		if m.Down == nil {
			continue
		}
		name := plan[i].Name + "_down"
		downs[i] = planned{m.Down, scaffold.Adoption{
			From: m.Down.Path, Version: plan[i].Version, Name: name,
			To: filepath.Join(p.Rollbacks, migration.FileName(plan[i].Version, name)),
		}}
	}
	return downs
}

// writeDowns writes the copies of down files, all or none. Where that fails, the copies of the up files go as well.
func writeDowns(p *project.Project, downs []planned, ups []scaffold.Adoption) (err error) {
	defer func() {
		if err != nil {
			for _, up := range ups {
				_ = os.Remove(up.To)
			}
		}
	}()
	var files []folder.File
	tree, err := folder.Open(p.Root)
	if err != nil {
		return err
	}
	defer func() { _ = tree.Close() }()
	rel, within := tree.Within(p.Rollbacks)
	for _, d := range downs {
		if d.file == nil {
			continue
		}
		if !within {
			return &finding.Finding{
				Code: finding.OutsideProject, Severity: finding.Error, Exit: finding.Usage,
				Message: "the down files cannot be adopted: the rollbacks folder, " + folder.Shown(p.Rollbacks) + ", lies outside the project",
				Hint:    "set rollbacks_dir in [cairn] to a folder of the project",
			}
		}
		data, readErr := os.ReadFile(d.file.Path)
		if sum := sha256.Sum256(data); readErr != nil || hex.EncodeToString(sum[:]) != d.file.Checksum {
			return &finding.Finding{
				Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: readErr,
				Message: d.file.File.Name + " changed while it was being adopted", Hint: "run the command again",
			}
		}
		files = append(files, folder.File{Name: path.Join(rel, filepath.Base(d.to.To)), Data: data})
	}
	return tree.Create(files...)
}
