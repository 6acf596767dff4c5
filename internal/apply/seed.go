package apply

import (
	"context"
	"errors"
	"path"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// Script is a file that is run and, at most, remembered by its content: a seed, or roles.sql.
type Script struct {
	Path string // as it is recorded: "supabase/seed.sql"
	File *migration.Migration
}

// SeedState says what a seed run does with a file.
type SeedState string

// The states, by the rules of the Supabase CLI (specs/cli.md §1.5).
const (
	SeedNew     SeedState = "new"     // never ran here: runs and is recorded
	SeedSame    SeedState = "same"    // ran with this content: nothing to do
	SeedChanged SeedState = "changed" // ran with other content: only its hash is updated
)

// SeedStates compares seed files with what is recorded on the target.
func (r *Runner) SeedStates(ctx context.Context, seeds []Script) ([]SeedState, error) {
	recorded, err := history.Seeds(ctx, r.session)
	if err != nil {
		return nil, r.explain(err)
	}
	states := make([]SeedState, len(seeds))
	for i, s := range seeds {
		switch hash, ran := recorded[s.Path]; {
		case !ran:
			states[i] = SeedNew
		case hash == s.File.Checksum:
			states[i] = SeedSame
		default:
			states[i] = SeedChanged
		}
	}
	return states, nil
}

// Seed runs the seed files that never ran here and updates the hash of those that changed since. It returns the paths
// of the files that ran.
func (r *Runner) Seed(ctx context.Context, seeds []Script, states []SeedState) ([]string, error) {
	var ran []string
	created := false
	for i, s := range seeds {
		if states[i] == SeedSame {
			continue
		}
		if !created {
			if err := r.underLock(ctx, alteration{}, history.CreateSeeds); err != nil {
				return ran, r.explain(err)
			}
			created = true
		}
		run := s.File.Statements()
		if states[i] == SeedChanged {
			run = nil
		}
		record := func(claimed func(history.Claim)) []target.Step {
			return []target.Step{history.RecordSeed(s.Path, s.File.Checksum, states[i] == SeedNew, claimed)}
		}
		err := r.script(ctx, s, run, record, i+1, len(seeds))
		if errors.Is(err, errMoved) {
			continue // another run was faster
		}
		if err != nil {
			return ran, err
		}
		if states[i] == SeedNew {
			ran = append(ran, s.Path)
		}
	}
	return ran, nil
}

// RunScript runs a file in one transaction and records nothing.
func (r *Runner) RunScript(ctx context.Context, s Script) error {
	record := func(claimed func(history.Claim)) []target.Step { return []target.Step{history.Identify(claimed)} }
	return r.script(ctx, s, s.File.Statements(), record, 1, 1)
}

func (r *Runner) script(ctx context.Context, s Script, run []migration.Statement, record func(func(history.Claim)) []target.Step, index, total int) error {
	for _, u := range s.File.Units {
		if u.Alone {
			return &finding.Finding{
				Code: finding.NotInTransaction, Severity: finding.Error, Exit: finding.Usage, At: u.Statements[0].Span,
				Message: "a seed file runs in one transaction, and Postgres runs this statement only outside one",
				Hint:    "put it into a migration",
			}
		}
	}
	if err := r.suits(ctx, s.File); err != nil {
		return err
	}
	tx := &transaction{fresh: true, action: "seed", version: s.Path}
	tx.parts = []part{{file: s.File.File.Name, index: index, total: total, of: len(run), run: run, record: record}}
	tx.settled = func(ctx context.Context) (bool, error) {
		recorded, err := history.Seeds(ctx, r.session)
		return recorded[s.Path] == s.File.Checksum, err
	}
	tx.done = func(outcome event.Outcome, elapsed time.Duration) {
		r.tell(event.MigrationDone{File: s.File.File.Name, Outcome: outcome, Elapsed: elapsed})
	}
	err := r.run(ctx, tx, true)
	r.rollback()
	return r.rolledBack(r.explain(err), path.Base(s.File.File.Name)+" was rolled back as a whole")
}
