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

// takeover is a database on its way into a project.
type takeover struct {
	*App
	project *project.Project
	at      *place
	where   Where // the same, as verbs are told
	*InitFrom
	sink event.Sink
}

// all writes what the database remembers and holds as migrations, proves them, and records those that it does not
// remember; anew, one migration takes the place of those that it remembers.
func (t *takeover) all(ctx context.Context, anew bool) error {
	listing, err := t.listing(ctx, t.project, true)
	if err == nil {
		err = listing.Err()
	}
	if err != nil {
		return err
	}
	h, err := t.historyWithText(ctx, t.at, t.sink)
	if err != nil {
		return err
	}
	noteForeign(h, t.sink)
	if anew {
		return t.whole(ctx, listing.Migrations, h)
	}
	unknown := apply.UnknownOf(listing.Migrations, h)
	if same := unknown.Same(); len(same) > 0 {
		return underOtherVersions(same)
	}
	if len(unknown.Rows) > 0 && len(unknown.Free) > 0 {
		return &finding.Finding{
			Code: finding.OtherProject, Severity: finding.Error, Exit: finding.Refused,
			Message: fmt.Sprintf("no file was written: %s of %s without a file here, and %s here %s not recorded there",
				count(len(unknown.Rows), "recorded version"), t.at.Name()+" "+isOrAre(len(unknown.Rows)), count(len(unknown.Free), "file"), isOrAre(len(unknown.Free))),
			Hint: "if the files are of this database, `cairn migration fetch` writes the others beside them, and this goes on; if they take the place of its history, add --baseline",
		}
	}
	if t.Fetched, err = writeRecorded(t.project, recordedFiles(unknown.Rows, t.sink), t.sink); err != nil {
		return err
	}
	name := pulled
	if len(listing.Migrations)+len(h.Rows) == 0 {
		name = baseline
	}
	if len(unknown.Free) > 0 { // an earlier run has written them, or the user has
		b, err := t.Baseline(ctx, BaselineRequest{Where: t.where}, asPart(t.sink))
		if f := finding.As(err); f != nil && f.Code == finding.NeedsConsent {
			t.later = "cairn migration baseline"
			t.sink(event.Found{Finding: unrecorded(f, t.at, onTarget("`"+t.later+"` does that later", t.where, LinkedByDefault))})
		} else if err != nil {
			return err
		}
		t.Recorded = append(t.Recorded, b.Recorded...)
	}
	if t.later == "" {
		if err := t.agrees(ctx, t.project, t.at, t.sink); err != nil {
			return err
		}
	}
	pulled, err := t.pull(ctx, name)
	if err != nil || len(pulled) == 0 {
		return err
	}
	return t.record(ctx, RepairRequest{Versions: pulled})
}

// record enters the versions of mark into the database's history, none means those of all files in place of what is there;
// or it keeps the command that does.
func (t *takeover) record(ctx context.Context, mark RepairRequest) error {
	mark.Where, mark.Status = t.where, "applied"
	recorded, err := t.recordPulled(ctx, t.at, mark, t.sink)
	if t.Recorded = append(t.Recorded, recorded...); len(recorded) == 0 {
		t.later = mark.command()
	}
	return err
}

// whole writes all that a database holds as one migration, in place of those that its history h remembers. Files that
// are there already count where they make all of it.
func (t *takeover) whole(ctx context.Context, files []*migration.Migration, h *history.History) error {
	if len(files) == 0 {
		pulled, err := t.pull(ctx, baseline)
		switch {
		case err != nil:
			return err
		case len(pulled) == 0 && len(h.Rows) == 0:
			return nil
		case len(pulled) == 0:
			return emptied(t.at, len(h.Rows))
		}
	} else {
		d, err := t.compare(ctx, DiffRequest{NoProof: true}, t.sink)
		if err != nil {
			return unpulled(err)
		}
		if len(d.Changes) > 0 {
			return &finding.Finding{
				Code: finding.OtherProject, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("%s holds %s already, and %s in %s not what they make", shownIn(t.project, t.project.Migrations), count(len(files), "migration"), count(len(d.Changes), "object"), t.at.Name()),
				Hint:    "--baseline writes the first migration of a project: move these away, and run this again",
			}
		}
		t.Proven = true
	}
	return t.record(ctx, RepairRequest{whole: &h.Stamp})
}

// underOtherVersions refuses to write files of what the folder holds under other versions.
func underOtherVersions(same []migration.Match) error {
	return &finding.Finding{
		Code: finding.OtherVersion, Severity: finding.Error, Exit: finding.Refused,
		Message: "the folder holds " + count(len(same), "recorded migration") + " under other versions: no file was written", Detail: sayings(same),
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

// pull writes what the migrations do not make of a database as migrations, and replays all files to see that they
// make what is there. It returns the versions that were written.
func (t *takeover) pull(ctx context.Context, name string) ([]string, error) {
	d, err := t.compare(ctx, DiffRequest{Name: name, AllowLoss: true}, t.sink)
	if err != nil {
		return nil, unpulled(err)
	}
	t.Pulled, t.Objects = append(t.Pulled, d.Written...), len(d.Changes)
	if len(d.Written) > 0 {
		again, err := t.compare(ctx, DiffRequest{NoProof: true}, event.Discard)
		if err != nil {
			return nil, unpulled(err)
		}
		if len(again.Changes) > 0 {
			return nil, differing(again.Changes, t.at, t.Pulled)
		}
	}
	t.Proven = true
	var versions []string
	for _, m := range d.migrations {
		versions = append(versions, m.Version)
	}
	return versions, nil
}

// compare compares what the migrations make with the database.
func (t *takeover) compare(ctx context.Context, req DiffRequest, s event.Sink) (*DiffResult, error) {
	files, err := t.endOf(ctx, t.project, EndMigrations, Where{}, s)
	if err != nil {
		return nil, err
	}
	return t.diff(ctx, t.project, req, files, endAt(t.project, t.at), s)
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
func differing(changes []DiffChange, at *place, files []string) error {
	var lines []string
	for _, c := range changes[:min(len(changes), shownLacks)] {
		lines = append(lines, fmt.Sprintf("  %s %s %s", c.Kind, c.Object, strings.Join(append([]string{c.What}, c.Attributes...), " ")))
	}
	return &finding.Finding{
		Code: finding.PullUnproven, Severity: finding.Error, Exit: finding.Refused,
		Message: fmt.Sprintf("the files do not make what %s holds: %s", at.Name(), count(len(changes), "difference")), Detail: strings.Join(lines, "\n"),
		Hint: "nothing was recorded. Somebody may have changed the database meanwhile: remove " + strings.Join(files, ", ") + " and run this again",
	}
}
