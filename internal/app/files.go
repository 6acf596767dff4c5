package app

import (
	"context"
	"slices"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// dir is the project's folder of migrations.
func dir(p *project.Project) migration.Dir {
	return migration.Dir{Root: p.Root, Path: p.Migrations, Rollbacks: p.Rollbacks}
}

// files loads the project's migrations and tells what there is to tell about the folder. A file that cannot run as it
// stands ends the verb; the findings behind the first one are told as well.
func (a *App) files(ctx context.Context, p *project.Project, s event.Sink) ([]*migration.Migration, error) {
	listing, err := dir(p).Load(ctx)
	if err != nil {
		return nil, err
	}
	return listing.Migrations, tellFindings(listing.Findings, s)
}

// tellFindings sends findings that end nothing as events and returns the first that does, after telling the others.
func tellFindings(findings []*finding.Finding, s event.Sink) error {
	var first *finding.Finding
	for _, f := range findings {
		if f.Severity == finding.Error && first == nil {
			first = f
			continue
		}
		s(event.Found{Finding: f})
	}
	if first == nil {
		return nil
	}
	return first
}

// chosen loads the migrations that a request asks for: all, those up to a version, or all but the last few.
func (a *App) chosen(ctx context.Context, p *project.Project, req fillRequest, s event.Sink) ([]*migration.Migration, error) {
	all, err := a.files(ctx, p, s)
	if err != nil {
		return nil, err
	}
	if req.version != "" {
		i := slices.IndexFunc(all, func(m *migration.Migration) bool { return m.Version == req.version })
		if i < 0 {
			return nil, unknownFile(req.version)
		}
		return all[:i+1], nil
	}
	return all[:max(0, len(all)-req.last)], nil
}
