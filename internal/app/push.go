package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// PushRequest asks to apply pending migrations.
type PushRequest struct {
	Where
	RunOptions
	IncludeAll  bool // --include-all: files below the last applied version too
	IncludeSeed bool // --include-seed
	Roles       bool // --include-roles: run supabase/roles.sql first
	SkipVault   bool // --skip-vault: leave the vault alone
	DryRun      bool // --dry-run: return the SQL and change nothing
	WithHistory bool // --with-history: with DryRun, a script that records what it does
	Atomic      bool // --atomic: everything in one transaction
	Strict      bool // --strict: a file that is skipped is an error
	ByPlatform  bool // --platform-history: the platform runs and records, under versions of its own
}

// PushResult says what was applied, or would be.
type PushResult struct {
	Target    string       `json:"target"`
	Run       string       `json:"run"`
	UpToDate  bool         `json:"up_to_date"` // there was nothing to apply
	DryRun    bool         `json:"dry_run,omitempty"`
	RestoreTo string       `json:"restore_to,omitempty"`
	Applied   []apply.Done `json:"applied"`
	ByOther   []apply.Done `json:"by_other,omitempty"`
	Left      []string     `json:"left,omitempty"`
	Seeded    []string     `json:"seeded,omitempty"`
	Roles     string       `json:"roles,omitempty" jsonschema:"the file of roles that was run, or would be"`
	Vault     []string     `json:"vault,omitempty" jsonschema:"the names of the secrets that were written, or would be"`
	Pending   []Pending    `json:"pending,omitempty"` // with DryRun
	Script    string       `json:"script,omitempty"`  // with DryRun: the SQL that would run
	Proof     *FileProof   `json:"proof,omitempty" jsonschema:"what running the files on a copy has shown; absent where nothing was run"`
}

// Pending is a migration that would run.
type Pending struct {
	Version       string `json:"version"`
	Name          string `json:"name"`
	File          string `json:"file"`
	Statements    int    `json:"statements"`
	Transactional bool   `json:"transactional"`
}

// Push applies pending migrations to the linked project, or wherever it was told to.
func (a *App) Push(ctx context.Context, req PushRequest, s event.Sink) (*PushResult, error) {
	return a.migrate(ctx, "db push", req, s)
}

// Up applies pending migrations to the local database, or wherever it was told to.
func (a *App) Up(ctx context.Context, req PushRequest, s event.Sink) (*PushResult, error) {
	return a.migrate(ctx, "migration up", req, s)
}

func (a *App) migrate(ctx context.Context, verb string, req PushRequest, s event.Sink) (*PushResult, error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	local, err := a.filesOf(ctx, p, req.Strict, s)
	if err != nil {
		return nil, err
	}
	return a.push(ctx, p, push{PushRequest: req, verb: verb, local: local}, s)
}

// push is one way of a verb to apply migrations.
type push struct {
	PushRequest
	verb   string
	local  []*migration.Migration // all files
	chosen *chosen                // the few of them that were asked for; nil is whatever is pending
}

// push applies migrations of a project that is open.
func (a *App) push(ctx context.Context, p *project.Project, req push, s event.Sink) (_ *PushResult, err error) {
	byDefault := defaults[req.verb]
	defer func() { err = aim(err, req.Where, byDefault) }()
	at, err := a.place(ctx, p, req.Where, byDefault, s)
	if err != nil {
		return nil, err
	}
	if req.ByPlatform {
		return a.pushByPlatform(ctx, p, at, req, s)
	}
	r, end, err := a.begin(ctx, req.verb, at, req.RunOptions, s)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	defer func() { err = at.editor(err) }()
	result := &PushResult{Target: at.Name(), Run: r.Run, Applied: []apply.Done{}}
	noteForeign(r.History(), s)
	local := req.local
	if req.chosen != nil {
		if local, err = req.chosen.narrow(local, r.History()); err != nil {
			return nil, err
		}
	}
	plan, err := r.Plan(ctx, local, req.IncludeAll)
	if err != nil {
		return nil, err
	}
	if err := tellFindings(append(plan.Findings, a.ahead(ctx, r, plan.Pending)...), s); err != nil {
		return nil, err
	}
	if req.Atomic {
		if err := oneTransaction(plan.Pending); err != nil {
			return nil, err
		}
	}
	seeds, states, err := a.pendingSeeds(ctx, p, r, req.IncludeSeed, s)
	if err != nil {
		return nil, err
	}
	var roles *apply.Script
	if req.Roles {
		if roles, err = a.rolesFile(p, s); err != nil {
			return nil, err
		}
		if roles != nil {
			result.Roles = roles.Path
		}
	}
	if !req.SkipVault && !at.ours {
		if result.Vault, err = vault(ctx, r, p, s); err != nil {
			return nil, err
		}
	}
	if at.hosted != nil && !p.Config.DB.Migrations.Enabled {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.BadConfig, Severity: finding.Note,
			Message: "Skipping migrations because it is disabled in config.toml for project: " + at.hosted.ref,
		}})
		plan.Pending = nil
	}
	result.UpToDate = len(plan.Pending) == 0 && !unseeded(states) && roles == nil
	if len(plan.Pending) == 0 && roles == nil {
		result.Vault = nil // as secrets cannot be compared, they are written with what needs them
	}
	if err := a.appliedFirst(ctx, p, at, req.Where, plan.Pending, s); err != nil {
		return nil, err
	}
	if req.chosen != nil && !req.chosen.unproven && len(plan.Pending) > 0 {
		if result.Proof, err = a.proof(ctx, p, at, r, local, plan.Pending, s); err != nil {
			return nil, err
		}
	}
	if req.DryRun {
		result.DryRun, result.Pending = true, pending(plan.Pending)
		result.Script = script(plan.Pending, req.WithHistory)
		return result, nil
	}
	if result.UpToDate {
		return result, nil
	}
	intent := pushIntent(ctx, Apply, plan.Pending, seeds, states, at)
	intent.Unseen = req.chosen != nil && req.chosen.unseen
	if roles != nil {
		intent.Detail = paragraphs("  "+roles.Path+" (roles)", intent.Detail)
	}
	if len(result.Vault) > 0 {
		intent.Detail = paragraphs(intent.Detail, "  secrets into the vault: "+strings.Join(result.Vault, ", "))
	}
	if err := a.consent(ctx, intent, s); err != nil {
		return nil, err
	}
	if req.chosen != nil {
		if err := req.chosen.ready(plan.Pending); err != nil {
			return nil, err
		}
	}
	if err := a.keepJournal(r, at); err != nil {
		return nil, err
	}
	if result.RestoreTo, err = r.Begin(ctx, !at.Local()); err != nil {
		return nil, err
	}
	if roles != nil {
		err = r.RunScript(ctx, *roles)
	}
	if err == nil {
		err = writeVault(ctx, r, p, result.Vault)
	}
	if err == nil {
		err = a.applyAll(ctx, r, plan, req.Atomic, result)
	}
	if err == nil {
		result.Seeded, err = r.Seed(ctx, seeds, states)
	}
	if endErr := r.End(context.WithoutCancel(ctx)); err == nil {
		err = endErr
	}
	return result, err
}

func (a *App) applyAll(ctx context.Context, r *apply.Runner, plan *apply.Plan, atomic bool, result *PushResult) error {
	run := r.Apply
	if atomic {
		run = r.Atomic
	}
	done, err := run(ctx, plan)
	result.Applied = append(result.Applied, done.Applied...)
	result.ByOther, result.Left = done.ByOther, done.Left
	return err
}

// pendingSeeds loads the seed files and what to do with each, where seeding is asked for and not switched off.
func (a *App) pendingSeeds(ctx context.Context, p *project.Project, r *apply.Runner, asked bool, s event.Sink) ([]apply.Script, []apply.SeedState, error) {
	if !asked || !p.Config.DB.Seed.Enabled {
		return nil, nil, nil
	}
	seeds, err := a.seeds(p, nil, s)
	if err != nil {
		return nil, nil, err
	}
	states, err := r.SeedStates(ctx, seeds)
	return seeds, states, err
}

// oneTransaction refuses by name a file that cannot be part of one transaction with others, before anybody is asked.
func oneTransaction(pending []*migration.Migration) error {
	for _, m := range pending {
		if m.Transactional() && !(len(m.Units) == 1 && m.Units[0].Mode != "") {
			continue
		}
		f := &finding.Finding{
			Code: finding.NotInTransaction, Severity: finding.Error, Exit: finding.Refused, At: m.File.Span(0, 0),
			Message: m.ID() + " cannot be part of one transaction with the other pending migrations",
			Detail:  "it is several transactions",
			Hint:    "push without --atomic, or push this file alone first; nothing was changed",
		}
		if i := slices.IndexFunc(m.Units, func(u migration.Unit) bool { return u.Alone }); i >= 0 {
			f.At = m.Units[i].Statements[0].Span
			f.Detail = "Postgres runs this statement only outside a transaction"
		} else if m.Transactional() {
			f.Detail = "its BEGIN asks for a transaction of its own: " + m.Units[0].Mode
		}
		return f
	}
	return nil
}

func unseeded(states []apply.SeedState) bool {
	for _, state := range states {
		if state != apply.SeedSame {
			return true
		}
	}
	return false
}

func pending(migrations []*migration.Migration) []Pending {
	all := make([]Pending, len(migrations))
	for i, m := range migrations {
		all[i] = Pending{
			Version: m.Version, Name: m.Name, File: m.File.Name,
			Statements: len(m.Statements()), Transactional: m.Transactional(),
		}
	}
	return all
}

func pushIntent(ctx context.Context, class Class, migrations []*migration.Migration, seeds []apply.Script, states []apply.SeedState, at *place) Intent {
	var detail []string
	for _, m := range migrations {
		detail = append(detail, "  "+m.File.Name)
	}
	for i, seed := range seeds {
		if states[i] == apply.SeedNew {
			detail = append(detail, "  "+seed.Path+" (seed)")
		}
	}
	action := "apply " + count(len(migrations), "migration")
	if len(migrations) == 0 {
		action = "seed"
	}
	return at.intent(ctx, class, action, strings.Join(detail, "\n"))
}

// count writes "1 migration", "3 migrations".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
