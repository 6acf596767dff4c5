package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// byPlatform is a push through the platform's own endpoint for migrations, which a token may use that can run no SQL. The
// platform runs and records each file, under a version that it takes from its clock: so that files and history stay one,
// each file is renamed to its version once it is recorded. There is no lock, and nothing holds a file to one transaction
// that its text does not.
type byPlatform struct {
	*App
	project *project.Project
	at      *place
	remote  *remoteProject
	sink    event.Sink
	result  *PushResult
}

// pushByPlatform pushes pending migrations by the platform's endpoint.
func (a *App) pushByPlatform(ctx context.Context, p *project.Project, at *place, req push, s event.Sink) (_ *PushResult, err error) {
	via := cmp.Or(req.Via, ViaAPI)
	if at.hosted == nil || via != ViaAPI && via != ViaAuto {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "--platform-history is for a hosted project over the Management API, and this is " + at.Name(),
			Hint:    "leave it out: the history is kept in the same table, under the versions of the files",
		}
	}
	if err := at.hosted.need(); err != nil {
		return nil, err
	}
	t := a.tell("db push", at.Name(), s)
	defer func() { t.done(err) }()
	defer func() { err = at.editor(err) }()
	if err := at.hosted.ready(ctx); err != nil {
		return nil, err
	}
	b := &byPlatform{App: a, project: p, at: at, remote: at.hosted, sink: s, result: &PushResult{Target: at.Name(), Run: t.run, Applied: []apply.Done{}}}
	err = b.push(ctx, req)
	if err != nil && len(b.result.Applied)+len(b.result.Left) == 0 {
		return nil, err // nothing was begun
	}
	return b.result, err
}

func (b *byPlatform) push(ctx context.Context, req push) error {
	all, err := b.remote.client.Migrations(ctx, b.remote.ref)
	if err != nil {
		return b.remote.told(err, b.remote.ref)
	}
	// Each file gets the newest version, so none is out of order: those that a failed push left behind are pending.
	plan, err := apply.MakePlan(req.local, listed(all), true)
	if err != nil {
		return err
	}
	if err := tellFindings(plan.Findings, b.sink); err != nil {
		return err
	}
	for _, m := range plan.Pending {
		if err := suitsPlatform(m); err != nil {
			return err
		}
	}
	if len(b.project.Config.DB.Vault) > 0 && !req.SkipVault {
		b.sink(event.Found{Finding: &finding.Finding{
			Code: finding.BadConfig, Severity: finding.Warning, Message: "the secrets of [db.vault] are not written: that takes SQL of our own, which --platform-history does without",
		}})
	}
	if err := b.appliedFirst(ctx, b.project, b.at, req.Where, plan.Pending, b.sink); err != nil {
		return err
	}
	b.result.UpToDate = len(plan.Pending) == 0
	if req.DryRun {
		b.result.DryRun, b.result.Pending, b.result.Script = true, pending(plan.Pending), script(plan.Pending, false)
		return nil
	}
	if b.result.UpToDate {
		return nil
	}
	intent := pushIntent(ctx, Apply, plan.Pending, nil, nil, b.at)
	intent.Detail = paragraphs(intent.Detail, "The platform runs and records them, under versions that it takes from its clock: each file is renamed to its version.")
	if err := b.consent(ctx, intent, b.sink); err != nil {
		return err
	}
	for i, m := range plan.Pending {
		err := context.Cause(ctx) // what is sent is not given up, so an interruption counts between two files
		if err == nil {
			err = b.one(ctx, m, i+1, len(plan.Pending))
		}
		if err != nil {
			for _, left := range plan.Pending[len(b.result.Applied):] {
				b.result.Left = append(b.result.Left, left.Version)
			}
			if f := finding.As(err); f != nil && i > 0 && f.Exit == finding.Failed {
				out := *f
				out.Hint = paragraphs(f.Hint, "the "+count(i, "migration")+" before it "+isOrAre(i)+" applied and recorded")
				return &out
			}
			return err
		}
	}
	return nil
}

// suitsPlatform refuses a file that is more than one transaction, or that a request cannot carry.
func suitsPlatform(m *migration.Migration) error {
	f := &finding.Finding{
		Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Refused, At: m.File.Span(0, 0),
		Hint: "push it without --platform-history, with --via direct or --via pooler; nothing was run",
	}
	if !m.Transactional() || len(m.Units) == 1 && m.Units[0].Mode != "" {
		f.Message = "the platform's endpoint runs a file as one transaction, and this one is none"
		return f
	}
	for _, s := range m.Statements() {
		if s.Copy != nil {
			f.At, f.Message = s.Span, "COPY … FROM STDIN cannot be sent over the Management API"
			return f
		}
	}
	return nil
}

// one has the platform run and record one file.
func (b *byPlatform) one(ctx context.Context, m *migration.Migration, index, total int) error {
	sum := sha256.Sum256([]byte(b.remote.ref + "\x00" + m.Version + "\x00" + m.Checksum))
	sent := management.NewMigration{Name: m.Name, SQL: m.File.Text, Key: hex.EncodeToString(sum[:16])}
	if m.Down != nil {
		sent.Rollback = m.Down.File.Text
	}
	began := time.Now()
	b.sink(event.MigrationStarted{Version: m.Version, File: m.File.Name, Index: index, Total: total, Statements: len(m.Statements())})
	outcome := event.Applied
	err := b.send(ctx, sent)
	no, refused := errors.AsType[*management.SQLError](err)
	e, failed := errors.AsType[*management.Error](err)
	switch {
	case refused:
		return refusedByPlatform(no, m)
	case failed && e.Unknown:
		outcome = event.Confirmed
	case err != nil:
		return b.remote.told(err, b.remote.ref)
	}
	version, lookErr := b.recorded(ctx, sent, outcome == event.Confirmed)
	if lookErr != nil || version == "" {
		return unlisted(m, err, lookErr)
	}
	name, err := b.rename(m, version)
	elapsed := time.Since(began)
	b.result.Applied = append(b.result.Applied, apply.Done{Version: version, Name: m.Name, File: name, Outcome: outcome, Elapsed: elapsed})
	b.sink(event.MigrationDone{Version: version, File: name, Outcome: outcome, Elapsed: elapsed})
	return err
}

// unlisted is the finding for a migration that was sent and that the platform does not list, or lookErr kept it from saying.
// err is what came in place of an answer; nil is one that it ran.
func unlisted(m *migration.Migration, err, lookErr error) error {
	f := &finding.Finding{
		Code: finding.CommitInDoubt, Severity: finding.Error, Exit: finding.InDoubt, At: m.File.Span(0, 0),
		Message: "no answer came for " + m.ID() + ", and the platform does not list it: it may still be under way",
		Hint:    "`cairn migration list --via api` shows it once it is done; if it is not there after some minutes, it did not run",
	}
	if lookErr != nil {
		f.Message = "no answer came for " + m.ID() + ", and the platform's list cannot be read: whether it ran is not known"
	}
	if err == nil {
		f.Message = "the platform ran " + m.ID() + ", and under which version it is recorded could not be looked up"
		f.Hint = "`cairn migration list --via api` shows that version: give it to the file by hand; until then the file counts as pending"
	}
	if f.Cause = errors.Join(err, lookErr); f.Cause != nil {
		f.Detail = f.Cause.Error()
	}
	return f
}

// send sends a migration. One whose version is taken is sent again: a version is a second of the platform's clock.
func (b *byPlatform) send(ctx context.Context, m management.NewMigration) error {
	for n := 1; ; n++ {
		// From here on an interruption would only leave a doubt.
		err := b.remote.client.ApplyMigration(context.WithoutCancel(ctx), b.remote.ref, m)
		no, ok := errors.AsType[*management.SQLError](err)
		if !ok || no.PG.ConstraintName != "schema_migrations_pkey" || n == 3 {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(1100 * time.Millisecond):
		}
	}
}

// refusedByPlatform is the finding for a statement of the file that the database refused.
func refusedByPlatform(no *management.SQLError, m *migration.Migration) error {
	pg := *no.PG
	pg.Position = 0
	if lines := strings.SplitAfter(m.File.Text, "\n"); no.Line > 0 && no.Line <= len(lines) {
		before := len([]rune(strings.Join(lines[:no.Line-1], "")))
		pg.Position = int32(before + no.Column)
	}
	f := diagnose.Statement(&pg, m.File.Span(0, len(m.File.Text)))
	f.Exit = finding.Failed
	f.Hint = paragraphs(f.Hint, "nothing documents that the platform takes back what ran before it: `cairn db diff --linked` shows whether anything stayed")
	return f
}

// recorded is the version under which the platform has recorded what was sent; "" where it has not. Only the key tells it
// from a row of another tool with the same text. Where no answer came it is looked for as long as the request may still be
// under way. An interruption does not end that: it would leave a doubt.
func (b *byPlatform) recorded(ctx context.Context, sent management.NewMigration, lost bool) (string, error) {
	ctx = context.WithoutCancel(ctx)
	until := time.Now()
	if lost {
		until = until.Add(min(management.Gateway, apply.Defaults().DoubtWait))
	}
	for {
		all, err := b.remote.client.Migrations(ctx, b.remote.ref)
		if err != nil {
			return "", b.remote.told(err, b.remote.ref)
		}
		slices.SortFunc(all, func(x, y management.Migration) int { return strings.Compare(y.Version, x.Version) })
		for _, row := range all {
			if row.Name != sent.Name {
				continue
			}
			whole, err := b.remote.client.Migration(ctx, b.remote.ref, row.Version)
			if err != nil {
				return "", b.remote.told(err, b.remote.ref)
			}
			if whole.Key == sent.Key {
				return row.Version, nil
			}
		}
		if !time.Now().Before(until) {
			return "", nil
		}
		time.Sleep(time.Second)
	}
}

// rename gives a file and its down file the version under which the platform has recorded it, and returns the name that the
// file has then.
func (b *byPlatform) rename(m *migration.Migration, version string) (string, error) {
	name := m.File.Name
	var moved []string
	for _, one := range []*migration.Migration{m, m.Down} {
		if one == nil || version == m.Version {
			continue
		}
		to := filepath.Join(filepath.Dir(one.Path), version+strings.TrimPrefix(filepath.Base(one.Path), m.Version))
		_, taken := os.Lstat(to)
		err := fmt.Errorf("%s is there already", filepath.Base(to))
		if errors.Is(taken, os.ErrNotExist) {
			err = os.Rename(one.Path, to)
		}
		if err != nil {
			return name, &finding.Finding{
				Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Partial, Cause: err,
				Message: fmt.Sprintf("%s is applied and recorded as version %s, and its file cannot be renamed: %v", m.ID(), version, err),
				Hint:    "give it the name " + filepath.Base(to) + " by hand; until then it counts as pending, and its version as one without a file",
			}
		}
		if one == m {
			name = filepath.Join(filepath.Dir(name), filepath.Base(to))
		}
		moved = append(moved, filepath.Base(one.Path)+" → "+filepath.Base(to))
	}
	if moved != nil {
		b.sink(event.Found{Finding: &finding.Finding{
			Code: finding.PlatformVersion, Severity: finding.Note,
			Message: "the platform recorded " + m.ID() + " as version " + version + ", from its clock: its file has that version now",
			Detail:  strings.Join(moved, "\n"), Hint: "commit the new name: under the old one every other checkout would run it again",
		}})
	}
	return name, nil
}
