package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path"
	"path/filepath"

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
	AppliedOn   Where  // --applied-on: a database on which they ran already; none where it is zero
}

// AdoptResult says in which order the files run, and under which names.
type AdoptResult struct {
	From    string    `json:"from" jsonschema:"the folder that was read, absolute"`
	To      string    `json:"to" jsonschema:"the migrations folder, absolute"`
	DryRun  bool      `json:"dry_run,omitempty" jsonschema:"nothing was written"`
	Order   []Adopted `json:"order" jsonschema:"in the order in which Postgres takes them"`
	Already []string  `json:"already,omitempty" jsonschema:"files of which the migrations folder has a copy"`

	Baseline *BaselineResult `json:"baseline,omitempty" jsonschema:"what the database on which they ran holds of them"`
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
	if req.AppliedOn == (Where{}) || req.DryRun {
		return result, nil
	}
	result.Baseline, err = a.Baseline(ctx, BaselineRequest{Where: req.AppliedOn}, s)
	return result, err
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
