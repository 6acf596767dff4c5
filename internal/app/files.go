package app

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// dir is the project's folder of migrations.
func dir(p *project.Project) migration.Dir {
	return migration.Dir{Root: p.Root, Path: p.Migrations, Rollbacks: p.Rollbacks}
}

// listing reads the project's migrations folder. One that is not there is an empty one in a project, since git keeps no
// empty folders, and wherever orNone is true. Otherwise a name is wrong: that of --dir, that in the configuration, or
// that of the folder that we are in.
func (a *App) listing(ctx context.Context, p *project.Project, orNone bool) (*migration.Listing, error) {
	listing, err := dir(p).Load(ctx)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return listing, err
	case orNone, p.ConfigFile != "" && a.Dir == "" && p.Config.Cairn.MigrationsDir == "":
		return &migration.Listing{}, nil
	}
	f := &finding.Finding{
		Code: finding.NoProject, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: "there is no project here: neither a configuration nor the folder " + shownIn(p, p.Migrations),
		Hint:    "`cairn init` makes one in this folder; --workdir names another",
	}
	by := ""
	switch {
	case a.Dir != "":
		by = "--dir"
	case p.Config.Cairn.MigrationsDir != "":
		by = "migrations_dir in " + p.ConfigFile
	default:
		return nil, f
	}
	f.Code, f.Message, f.Hint = finding.Unreadable, "there is no folder "+shownIn(p, p.Migrations), "it is the one that "+by+" names"
	return nil, f
}

// files loads the project's migrations and tells what there is to tell about the folder. A file that cannot run as it
// stands ends the verb; the findings behind the first one are told as well.
func (a *App) files(ctx context.Context, p *project.Project, s event.Sink) ([]*migration.Migration, error) {
	return a.filesOf(ctx, p, false, s)
}

// filesOf is files; strict, a file that would be skipped ends the verb too.
func (a *App) filesOf(ctx context.Context, p *project.Project, strict bool, s event.Sink) ([]*migration.Migration, error) {
	listing, err := a.listing(ctx, p, false)
	if err != nil {
		return nil, err
	}
	if strict {
		refuseSkipped(listing.Findings)
	}
	return listing.Migrations, tellFindings(listing.Findings, s)
}

// refuseSkipped makes errors of the warnings that a file is skipped (--strict, DESIGN §11). A note that one is, such as a
// text file, is none.
func refuseSkipped(findings []*finding.Finding) {
	for _, f := range findings {
		if f.Code == finding.SkippedName && f.Severity == finding.Warning {
			f.Severity, f.Exit = finding.Error, finding.Usage
			what, why, _ := strings.Cut(strings.TrimPrefix(f.Message, "Skipping "), "... ")
			f.Message = what + " would be skipped " + why
		}
	}
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
	all, err := a.filesOf(ctx, p, req.strict, s)
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
