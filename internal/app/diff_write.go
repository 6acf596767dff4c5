package app

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/scaffold"
	"github.com/cairndb/cairn/internal/sqltext"
)

// write writes a plan: as migrations, one for each unit, or as a script to a file.
func (w *comparison) write(ctx context.Context, req DiffRequest, result *DiffResult, plan *planner.Plan) error {
	a, p := w.app, w.project
	if err := refuseLoss(plan, req.AllowLoss); err != nil {
		return err
	}
	units := plan.Units(w.to.catalog.Needs)
	if req.Down && len(units) > 1 {
		return &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("the plan takes %d migrations, and one file cannot revert several: nothing is written", len(units)),
			Hint:    "leave --with-down out; the way back by hand: cairn db diff with --from and --to exchanged",
		}
	}
	wrote := func(path string) {
		result.Written = append(result.Written, path)
		w.sink(event.FileWritten{Path: path})
	}
	if req.Output != "" {
		path := req.Output
		if !filepath.IsAbs(path) {
			path = filepath.Join(a.Cwd, path)
		}
		if err := writeFile(path, planner.Whole(plan.Units(w.to.catalog.Needs))); err != nil {
			return err
		}
		wrote(path)
	}
	if req.Name == "" {
		return nil
	}
	r := scaffold.Request{Dir: dir(p), Name: req.Name, Now: a.Now(), Author: scaffold.Author(ctx, p.Root, a.Getenv)}
	for i, u := range units {
		part := scaffold.Part{SQL: planner.Script(u.Steps)}
		if len(units) > 1 {
			part.Suffix = fmt.Sprint(i + 1)
		}
		r.Parts = append(r.Parts, part)
	}
	written, err := scaffold.New(r)
	if err != nil {
		return err
	}
	result.migrations = written.Files
	for _, f := range written.Files {
		wrote(f.Path)
	}
	if req.Down {
		down, err := w.writeDown(written.Files[0], req.Idempotent)
		if err != nil {
			return err
		}
		wrote(down)
	}
	return tellFindings(written.Findings, w.sink)
}

// again is a plan in a form that can be run a second time. Where the plan was proven that is tried too; which statement
// cannot be is told.
func (w *comparison) again(ctx context.Context, plan *planner.Plan) (*planner.Plan, error) {
	plan = dump.Idempotent(plan)
	if w.trial == nil {
		return plan, nil
	}
	o := *w.trial
	o.Plan = plan
	findings, err := prove.Again(ctx, o)
	if err != nil {
		return nil, err
	}
	return plan, tellFindings(findings, w.sink)
}

// writeDown writes the file that reverts a migration.
func (w *comparison) writeDown(of scaffold.Written, idempotent bool) (string, error) {
	back, err := planner.New(w.to.catalog, w.from.catalog, planner.Options{Server: w.from.catalog.Server, Leave: w.leave})
	if err != nil {
		return "", unplanned(err)
	}
	if idempotent {
		back = dump.Idempotent(back)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "-- Reverts %s.\n", path.Base(filepath.ToSlash(of.Path)))
	if lost := back.Hazards(catalog.Loss); len(lost) > 0 {
		b.WriteString("-- What it loses:\n")
		for _, h := range lost {
			b.WriteString("--   " + sqltext.OneLine(h.Text) + "\n")
		}
	}
	b.WriteString("\n" + planner.Whole(back.Units(w.from.catalog.Needs)))
	path := filepath.Join(w.project.Rollbacks, of.Version+"_"+of.Name+"_down.sql")
	return path, writeFile(path, b.String())
}

// writeFile writes a text in one step, in place of what may be there.
func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return unwritableFolder(filepath.Dir(path), err)
	}
	tree, err := folder.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = tree.Close() }()
	return tree.Replace(folder.File{Name: filepath.Base(path), Data: []byte(text)})
}

// refuseLoss refuses to write what loses data and was not said to be allowed.
func refuseLoss(plan *planner.Plan, allowed bool) error {
	lost := plan.Hazards(catalog.Loss)
	if allowed || len(lost) == 0 {
		return nil
	}
	var lines []string
	for _, h := range lost {
		lines = append(lines, "  "+h.Text)
	}
	return &finding.Finding{
		Code: finding.LosesData, Severity: finding.Error, Exit: finding.Refused,
		Message: "the plan loses data: nothing was written", Detail: strings.Join(lines, "\n"),
		Hint: "--allow-loss writes it all the same; where something was renamed, --renames finds it",
	}
}
