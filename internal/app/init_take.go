package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// takeOver writes what a database remembers and holds as migrations, proves them, and records those that it does not
// remember.
func (a *App) takeOver(ctx context.Context, p *project.Project, at *place, w Where, anew bool, from *InitFrom, s event.Sink) error {
	listing, err := a.listing(ctx, p, true)
	if err == nil {
		err = listing.Err()
	}
	if err != nil {
		return err
	}
	h, err := a.historyWithText(ctx, at, s)
	if err != nil {
		return unreadHistory(err, at)
	}
	noteForeign(h, s)
	if anew {
		return a.takeWhole(ctx, p, at, w, listing.Migrations, from, s)
	}
	unknown := apply.UnknownOf(listing.Migrations, h)
	if same := unknown.Same(); len(same) > 0 {
		return underOtherVersions(same)
	}
	if len(unknown.Rows) > 0 && len(unknown.Free) > 0 {
		return &finding.Finding{
			Code: finding.OtherProject, Severity: finding.Error, Exit: finding.Refused,
			Message: fmt.Sprintf("no file was written: %s of %s without a file here, and %s here %s not recorded there",
				count(len(unknown.Rows), "recorded version"), at.Name()+" "+isOrAre(len(unknown.Rows)), count(len(unknown.Free), "file"), isOrAre(len(unknown.Free))),
			Hint: "if the files are of this database, `cairn migration fetch` writes the others beside them, and this goes on; if they take the place of its history, add --baseline",
		}
	}
	if from.Fetched, err = writeRecorded(p, recordedFiles(unknown.Rows, s), s); err != nil {
		return err
	}
	name := pulled
	if len(listing.Migrations)+len(h.Rows) == 0 {
		name = baseline
	}
	if len(unknown.Free) > 0 { // an earlier run has written them, or the user has
		b, err := a.Baseline(ctx, BaselineRequest{Where: w}, asPart(s))
		if f := finding.As(err); f != nil && f.Code == finding.NeedsConsent {
			from.later = "cairn migration baseline"
			s(event.Found{Finding: unrecorded(f, at, onTarget("`"+from.later+"` does that later", w, LinkedByDefault))})
		} else if err != nil {
			return err
		}
		from.Recorded = append(from.Recorded, b.Recorded...)
	}
	if from.later == "" {
		if err := a.agrees(ctx, p, at, s); err != nil {
			return err
		}
	}
	pulled, err := a.pullProven(ctx, p, at, name, from, s)
	if err != nil || len(pulled) == 0 {
		return err
	}
	return a.record(ctx, at, RepairRequest{Where: w, Status: "applied", Versions: pulled}, from, s)
}

// record enters what was taken over into the database's history, or keeps the command that does.
func (a *App) record(ctx context.Context, at *place, mark RepairRequest, from *InitFrom, s event.Sink) error {
	recorded, err := a.recordPulled(ctx, at, mark, s)
	if from.Recorded = append(from.Recorded, recorded...); len(recorded) == 0 {
		from.later = mark.command()
	}
	return err
}

// unreadHistory says what a role lacks that may not read the history.
func unreadHistory(err error, at *place) error {
	f := finding.As(err)
	if f == nil || f.Code != finding.Postgres(insufficientPrivilege) {
		return err
	}
	out := *f
	out.Message = "the history of " + at.Name() + " cannot be read: " + f.Message
	out.Hint = "connect as the role that applies migrations (on Supabase it is postgres)"
	return &out
}

// takeWhole writes all that a database holds as one migration, in place of those that its history remembers. Files that
// are there already count where they make all of it.
func (a *App) takeWhole(ctx context.Context, p *project.Project, at *place, w Where, files []*migration.Migration, from *InitFrom, s event.Sink) error {
	if len(files) == 0 {
		if _, err := a.pullProven(ctx, p, at, baseline, from, s); err != nil {
			return err
		}
	} else {
		d, err := a.fromFiles(ctx, p, at, DiffRequest{NoProof: true}, s)
		if err != nil {
			return unpulled(err)
		}
		if len(d.Changes) > 0 {
			return &finding.Finding{
				Code: finding.OtherProject, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("%s holds %s already, and %s in %s not what they make", shownIn(p, p.Migrations), count(len(files), "migration"), count(len(d.Changes), "object"), at.Name()),
				Hint:    "--baseline writes the first migration of a project: move these away, and run this again",
			}
		}
		from.Proven = true
	}
	return a.record(ctx, at, RepairRequest{Where: w, Status: "applied"}, from, s)
}

// underOtherVersions refuses to write files of what the folder holds under other versions.
func underOtherVersions(same []migration.Match) error {
	var lines []string
	for _, m := range same {
		lines = append(lines, "  "+m.Recorded.Version+" ran what "+m.File.File.Name+" says")
	}
	return &finding.Finding{
		Code: finding.OtherVersion, Severity: finding.Error, Exit: finding.Refused,
		Message: "the folder holds " + count(len(same), "recorded migration") + " under other versions: no file was written", Detail: strings.Join(lines, "\n"),
		Hint: "`cairn migration repair --auto` gives them the versions of their files; then run this again",
	}
}

// recordedFiles are the files for recorded versions. Where nothing is recorded of what ran, the file says so: what it
// did is in the migration for the rest.
func recordedFiles(rows []*history.Row, s event.Sink) []folder.File {
	var files []folder.File
	for _, row := range rows {
		text := migration.Text(row.Statements)
		if row.Statements == nil {
			text = "-- What this migration ran is not recorded.\n"
			s(event.Found{Finding: &finding.Finding{
				Code: finding.UnknownVersion, Severity: finding.Warning,
				Message: "no statements are recorded for version " + row.Version + ": its file is empty, and what it made is in the migration for the rest",
			}})
		}
		files = append(files, folder.File{Name: recordedFile(*row), Data: []byte(text)})
	}
	return files
}

// pullProven writes what the migrations do not make of a database as migrations, and replays all files to see that they
// make what is there. It returns the versions that were written.
func (a *App) pullProven(ctx context.Context, p *project.Project, at *place, name string, from *InitFrom, s event.Sink) ([]string, error) {
	d, err := a.fromFiles(ctx, p, at, DiffRequest{Name: name, AllowLoss: true}, s)
	if err != nil {
		return nil, unpulled(err)
	}
	from.Pulled, from.Objects = append(from.Pulled, d.Written...), len(d.Changes)
	if len(d.Written) > 0 {
		again, err := a.fromFiles(ctx, p, at, DiffRequest{NoProof: true}, event.Discard)
		if err != nil {
			return nil, unpulled(err)
		}
		if len(again.Changes) > 0 {
			return nil, differing(again.Changes, at, from)
		}
	}
	from.Proven = true
	var versions []string
	for _, m := range d.migrations {
		versions = append(versions, m.Version)
	}
	return versions, nil
}

// fromFiles compares what the migrations make with a place.
func (a *App) fromFiles(ctx context.Context, p *project.Project, at *place, req DiffRequest, s event.Sink) (*DiffResult, error) {
	files, err := a.endOf(ctx, p, EndMigrations, s)
	if err != nil {
		return nil, err
	}
	return a.diff(ctx, p, req, files, endAt(p, at), s)
}

// unpulled says how to go on where the files do not run, or nothing could be written.
func unpulled(err error) error {
	f := finding.As(err)
	if f == nil || f.Exit != finding.Refused {
		return err
	}
	out := *f
	out.Detail = paragraphs(f.Detail, "nothing was recorded; the files that were written stay")
	out.Hint = paragraphs(f.Hint, "mend the files and run this again: it goes on from there. Or move them away and add --baseline: one migration takes the place of the history")
	return &out
}

// differing is the finding for pulled files that do not make what is there.
func differing(changes []DiffChange, at *place, from *InitFrom) error {
	var lines []string
	for _, c := range changes[:min(len(changes), shownLacks)] {
		lines = append(lines, fmt.Sprintf("  %s %s %s", c.Kind, c.Object, strings.Join(append([]string{c.What}, c.Attributes...), " ")))
	}
	return &finding.Finding{
		Code: finding.PullUnproven, Severity: finding.Error, Exit: finding.Refused,
		Message: fmt.Sprintf("the files do not make what %s holds: %s", at.Name(), count(len(changes), "difference")), Detail: strings.Join(lines, "\n"),
		Hint: "nothing was recorded. Somebody may have changed the database meanwhile: remove " + strings.Join(from.Pulled, ", ") + " and run this again",
	}
}
