package app

import (
	"context"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// SeedRequest asks to run seed files.
type SeedRequest struct {
	Where
	Paths []string // --sql-paths: patterns in place of db.seed.sql_paths
}

// SeedResult says which seed files ran.
type SeedResult struct {
	Target   string   `json:"target"`
	Run      string   `json:"run"`
	UpToDate bool     `json:"up_to_date"`
	Seeded   []string `json:"seeded"`
	Rehashed []string `json:"rehashed,omitempty"` // ran before with other content: not run, only noted
}

// Seed runs the seed files that never ran on the local database, or wherever it was told to.
func (a *App) Seed(ctx context.Context, req SeedRequest, s event.Sink) (_ *SeedResult, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	seeds, err := a.seeds(p, req.Paths, s)
	if err != nil {
		return nil, err
	}
	at, err := a.place(ctx, p, req.Where, defaults["db seed"], s)
	if err != nil {
		return nil, err
	}
	r, end, err := a.begin(ctx, "db seed", at, RunOptions{}, s)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	states, err := r.SeedStates(ctx, seeds)
	if err != nil {
		return nil, err
	}
	result := &SeedResult{Target: at.Name(), Run: r.Run, UpToDate: !unseeded(states), Seeded: []string{}}
	if result.UpToDate {
		return result, nil
	}
	if err := a.consent(ctx, pushIntent(ctx, Change, nil, seeds, states, at), s); err != nil {
		return nil, err
	}
	if err := a.keepJournal(r, at); err != nil {
		return nil, err
	}
	if _, err := r.Begin(ctx, !at.Local()); err != nil {
		return nil, err
	}
	ran, err := r.Seed(ctx, seeds, states)
	result.Seeded = append(result.Seeded, ran...)
	for i, state := range states {
		if state == apply.SeedChanged && err == nil {
			result.Rehashed = append(result.Rehashed, seeds[i].Path)
		}
	}
	if endErr := r.End(context.WithoutCancel(ctx)); err == nil {
		err = endErr
	}
	return result, err
}

// seeds loads the project's seed files; patterns stand in place of the configured ones.
func (a *App) seeds(p *project.Project, patterns []string, s event.Sink) ([]apply.Script, error) {
	files, findings, err := p.SeedFiles(patterns...)
	if err != nil {
		return nil, err
	}
	if err := tellFindings(findings, s); err != nil {
		return nil, err
	}
	return parseScripts(files, s)
}

// parseScripts splits files into statements. An empty one is no finding: a seed may be still to come.
func parseScripts(files []project.SeedFile, s event.Sink) ([]apply.Script, error) {
	scripts := make([]apply.Script, len(files))
	for i, f := range files {
		m, findings := migration.Parse(f.Name, f.Data)
		m.Path = f.Path
		var rest []*finding.Finding
		for _, found := range findings {
			if found.Code != finding.NoStatements {
				rest = append(rest, found)
			}
		}
		if err := tellFindings(rest, s); err != nil {
			return nil, err
		}
		scripts[i] = apply.Script{Path: f.Name, File: m}
	}
	return scripts, nil
}
