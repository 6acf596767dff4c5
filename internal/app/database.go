package app

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/local"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// DatabaseRequest asks about the local database.
type DatabaseRequest struct{}

// Database says how the local database is.
type Database struct {
	Running  bool         `json:"running"`
	URL      string       `json:"url"` // for any client; the password is "postgres"
	Port     int          `json:"port"`
	Version  string       `json:"version,omitempty"`
	PID      int          `json:"pid,omitempty"`
	Started  *time.Time   `json:"started,omitempty"`
	Data     string       `json:"data,omitempty"`
	Log      string       `json:"log,omitempty"`
	Platform string       `json:"platform"` // "supabase" or "none"
	Changed  bool         `json:"changed"`  // this command started or stopped it
	Stale    bool         `json:"stale,omitempty"`
	Applied  []apply.Done `json:"applied,omitempty"`
	Seeded   []string     `json:"seeded,omitempty"`
}

// StartDatabase starts the project's local database. The first time it is made, with the platform, the migrations and
// the seed.
func (a *App) StartDatabase(ctx context.Context, _ DatabaseRequest, s event.Sink) (_ *Database, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	server, err := a.server(p, s)
	if err != nil {
		return nil, err
	}
	before, err := server.Status(ctx)
	if err != nil {
		return nil, err
	}
	if before.Data == "" || before.Filling {
		release, err := a.occupy(ctx, server, s)
		if err != nil {
			return nil, err
		}
		defer release()
		if before, err = server.Status(ctx); err != nil {
			return nil, err
		}
	}
	fill := fillRequest{seed: true}
	if before.Data == "" {
		t := a.tell("db start", localLabel(p.Config.DB.Port), s)
		defer func() { t.done(err) }()
		fill.run = &t
	}
	st, err := server.Start(ctx)
	if err != nil {
		return nil, err
	}
	d := describe(p, server, st)
	d.Changed = !before.Running
	if before.Filling {
		return d, a.unfilled(ctx, p, server, st, s)
	}
	if before.Data != "" {
		return d, nil
	}
	done, err := a.fill(ctx, p, server, st, "db start", fill, s)
	d.Applied, d.Seeded = done.Applied, done.Seeded
	return d, err
}

// occupy keeps other commands from making or filling the local database meanwhile.
func (a *App) occupy(ctx context.Context, server *local.Server, s event.Sink) (release func(), err error) {
	return server.Occupy(ctx, func() {
		s(event.Waiting{For: "another command that fills the local database"})
	})
}

// unfilled is the finding for a local database whose maker was stopped before it had run all migrations and the seed; nil
// where somebody has applied the rest since.
func (a *App) unfilled(ctx context.Context, p *project.Project, server *local.Server, st *local.Status, s event.Sink) error {
	listing, err := a.listing(ctx, p, false)
	if err != nil {
		return err
	}
	r, end, err := a.begin(ctx, "db start", ourPlace(st), RunOptions{}, s)
	if err != nil {
		return err
	}
	plan, err := r.Plan(ctx, listing.Migrations, false)
	end(err)
	if err != nil {
		return err
	}
	if len(plan.Pending) == 0 {
		return server.Filled(ctx)
	}
	return &finding.Finding{
		Code: finding.NotFilled, Severity: finding.Error, Exit: finding.Partial,
		Message: fmt.Sprintf("the command that made the local database did not end: %d of %s are pending", len(plan.Pending), count(len(listing.Migrations), "migration")),
		Hint:    "the database runs; `cairn migration up` applies the rest and `cairn db seed` the seed, `cairn db reset` begins anew",
	}
}

// StopDatabase stops the project's local database; its data stays.
func (a *App) StopDatabase(ctx context.Context, _ DatabaseRequest, s event.Sink) (*Database, error) {
	p, server, _, err := a.database(ctx, s)
	if err != nil {
		return nil, err
	}
	ran, err := server.Stop(ctx)
	if err != nil {
		return nil, err
	}
	st, err := server.Status(ctx)
	if err != nil {
		return nil, err
	}
	d := describe(p, server, st)
	d.Changed = ran
	return d, nil
}

// DatabaseStatus looks at the project's local database.
func (a *App) DatabaseStatus(ctx context.Context, _ DatabaseRequest, s event.Sink) (*Database, error) {
	p, server, st, err := a.database(ctx, s)
	if err != nil {
		return nil, err
	}
	return describe(p, server, st), nil
}

// database finds the project's local database, by its path alone where the project's folder is gone.
func (a *App) database(ctx context.Context, s event.Sink) (*project.Project, *local.Server, *local.Status, error) {
	p, err := a.openWith(project.Options{Gone: true}, s)
	if err != nil {
		return nil, nil, nil, err
	}
	server, err := a.server(p, s)
	if err != nil {
		return nil, nil, nil, err
	}
	st, err := server.Status(ctx)
	if err == nil && p.Gone && st.Data == "" {
		err = &finding.Finding{
			Code: finding.NoProject, Severity: finding.Error, Exit: finding.Usage,
			Message: "there is no folder " + folder.Shown(p.Root) + ", and no local database of a project that was there",
			Hint:    "name the folder that holds supabase/, or that held it when the database was started",
		}
	}
	return p, server, st, err
}

func describe(p *project.Project, server *local.Server, st *local.Status) *Database {
	d := &Database{
		Running: st.Running, URL: st.URL(), Port: st.Port, Version: st.Version, PID: st.PID, Data: st.Data, Log: st.Log,
		Platform: p.Config.Cairn.Platform, Stale: st.Data != "" && st.Fingerprint != server.Fingerprint,
	}
	if !st.Started.IsZero() {
		d.Started = &st.Started
	}
	return d
}

// fillRequest says what a fresh database is filled with.
type fillRequest struct {
	version    string                 // the last migration to apply; "" is all of them
	last       int                    // leave out this many at the end
	strict     bool                   // a file that is skipped is an error
	loaded     bool                   // migrations are loaded and told of
	migrations []*migration.Migration // what to apply, where loaded
	run        *course                // the run that this is part of; nil is one of its own
	seed       bool                   // seed as well
	seeds      []string               // patterns in place of db.seed.sql_paths
}

// fill applies roles.sql, the migrations and the seed to a local database that was just made.
func (a *App) fill(
	ctx context.Context, p *project.Project, server *local.Server, st *local.Status, verb string, req fillRequest, s event.Sink,
) (*ResetResult, error) {
	result, err := a.fillPlace(ctx, p, ourPlace(st), verb, req, s)
	if err == nil {
		err = server.Filled(ctx)
	}
	return result, err
}

func (a *App) fillPlace(ctx context.Context, p *project.Project, at *place, verb string, req fillRequest, s event.Sink) (result *ResetResult, err error) {
	result = &ResetResult{Target: at.Name(), Applied: []apply.Done{}}
	if !req.loaded {
		if req.migrations, err = a.chosen(ctx, p, req, s); err != nil {
			return result, err
		}
	}
	t := req.run
	if t == nil {
		own := a.tell(verb, at.Name(), s)
		defer func() { own.done(err) }()
		t = &own
	}
	r, leave, err := a.enter(ctx, *t, at, RunOptions{}, s)
	if err != nil {
		return result, err
	}
	defer func() { leave(err) }()
	result.Run = r.Run
	if err := a.keepJournal(r, at); err != nil {
		return result, err
	}
	if _, err := r.Begin(ctx, false); err != nil {
		return result, err
	}
	if roles, err := a.rolesFile(p, s); err != nil {
		return result, err
	} else if roles != nil {
		if err := r.RunScript(ctx, *roles); err != nil {
			return result, err
		}
	}
	plan, err := r.Plan(ctx, req.migrations, false)
	if err != nil {
		return result, err
	}
	done, err := r.Apply(ctx, plan)
	result.Applied, result.Left = append(result.Applied, done.Applied...), done.Left
	err = toldWhy(err)
	if err == nil && req.seed {
		result.Seeded, err = a.seedWith(ctx, p, r, req.seeds, s)
	}
	if endErr := r.End(context.WithoutCancel(ctx)); err == nil {
		err = endErr
	}
	return result, err
}

// toldWhy adds to the finding of a file that does not run in its place where to ask why.
func toldWhy(err error) error {
	f := finding.As(err)
	if f == nil || f.Exit != finding.Failed || !strings.HasPrefix(string(f.Code), "PG") {
		return err
	}
	told := *f
	told.Hint = strings.TrimPrefix(f.Hint+"\n`cairn migration check` runs all files from the first one on and says why this one fails, and which others do", "\n")
	return &told
}

// rolesFile is supabase/roles.sql, or nil where there is none.
func (a *App) rolesFile(p *project.Project, s event.Sink) (*apply.Script, error) {
	files, _, err := p.SeedFiles(filepath.ToSlash("./roles.sql"))
	if err != nil || len(files) == 0 {
		return nil, err
	}
	scripts, err := parseScripts(files, s)
	if err != nil {
		return nil, err
	}
	return &scripts[0], nil
}

// seedWith runs the seed files that never ran on the runner's target.
func (a *App) seedWith(ctx context.Context, p *project.Project, r *apply.Runner, patterns []string, s event.Sink) ([]string, error) {
	if !p.Config.DB.Seed.Enabled {
		return nil, nil
	}
	seeds, err := a.seeds(p, patterns, s)
	if err != nil {
		return nil, err
	}
	states, err := r.SeedStates(ctx, seeds)
	if err != nil {
		return nil, err
	}
	return r.Seed(ctx, seeds, states)
}

// ResetRequest asks to empty a database and to build it anew from the files.
type ResetRequest struct {
	Where
	Version string   // --version: the last migration to apply
	Last    int      // --last: leave out this many migrations at the end
	NoSeed  bool     // --no-seed
	Strict  bool     // --strict: a file that is skipped is an error
	Seeds   []string // --sql-paths
}

// ResetResult says what the new database holds.
type ResetResult struct {
	Target  string       `json:"target"`
	Run     string       `json:"run"`
	URL     string       `json:"url,omitempty"` // of a local database
	Applied []apply.Done `json:"applied"`
	Left    []string     `json:"left,omitempty"`
	Seeded  []string     `json:"seeded,omitempty"`
}

// ResetDatabase empties a database and applies the files to it. The project's own local database is replaced as a
// whole, and started where it was not; any other one is emptied statement by statement, after a typed yes.
func (a *App) ResetDatabase(ctx context.Context, req ResetRequest, s event.Sink) (_ *ResetResult, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	fill := fillRequest{version: req.Version, last: req.Last, seed: !req.NoSeed, seeds: req.Seeds, strict: req.Strict}
	// What cannot be applied afterwards must not cost the database first.
	if fill.migrations, err = a.chosen(ctx, p, fill, s); err != nil {
		return nil, err
	}
	fill.loaded = true
	if fill.seed {
		if _, err := a.seeds(p, req.Seeds, event.Discard); err != nil {
			return nil, err
		}
	}
	if !req.local(defaults["db reset"]) {
		return a.resetRemote(ctx, p, req, fill, s)
	}
	server, err := a.server(p, s)
	if err != nil {
		return nil, err
	}
	st, err := server.Status(ctx)
	if err != nil {
		return nil, err
	}
	t := a.tell("db reset", localLabel(p.Config.DB.Port), s)
	defer func() { t.done(err) }()
	fill.run = &t
	release, err := a.occupy(ctx, server, s)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := a.consentToReset(ctx, server, st, s); err != nil {
		return nil, err
	}
	if st, err = server.Reset(ctx); err != nil {
		return nil, err
	}
	result, err := a.fill(ctx, p, server, st, "db reset", fill, s)
	result.URL = st.URL()
	return result, err
}

// resetRemote empties a database that cairn did not start.
func (a *App) resetRemote(ctx context.Context, p *project.Project, req ResetRequest, fill fillRequest, s event.Sink) (*ResetResult, error) {
	at, err := a.place(ctx, p, req.Where, defaults["db reset"], s)
	if err != nil {
		return nil, err
	}
	t := a.tell("db reset", at.Name(), s)
	err = a.empty(ctx, t, at, s)
	t.done(err)
	if err != nil {
		return nil, err
	}
	return a.fillPlace(ctx, p, at, t.verb, fill, s)
}

// empty takes out of a place what the project put there, after a typed yes to all that goes and all that stays.
func (a *App) empty(ctx context.Context, t course, at *place, s event.Sink) (err error) {
	r, leave, err := a.enter(ctx, t, at, RunOptions{}, s)
	if err != nil {
		return err
	}
	defer func() { leave(err) }()
	detail := "Every schema of yours is dropped, users and files in auth and storage are deleted, and the migrations run anew."
	stays, err := staying(ctx, r.Session())
	if err != nil {
		return err
	}
	if err := a.consent(ctx, at.intent(ctx, Reset, "reset, and lose all data", paragraphs(detail, stays)), s); err != nil {
		return err
	}
	if err := a.keepJournal(r, at); err != nil {
		return err
	}
	if _, err := r.Begin(ctx, !at.Local()); err != nil {
		return err
	}
	return r.Empty(ctx)
}

// unknownFile says that no file has a version.
func unknownFile(version string) error {
	return &finding.Finding{
		Code: finding.UnknownVersion, Severity: finding.Error, Exit: finding.Usage,
		Message: "there is no migration file of version " + version,
		Hint:    "`cairn migration list --local` shows the versions",
	}
}
