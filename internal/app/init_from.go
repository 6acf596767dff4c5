package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/scaffold"
	"github.com/cairndb/cairn/internal/target"
)

// InitFrom says what a project has from the database that it was made from.
type InitFrom struct {
	Target   string   `json:"target"`
	Ref      string   `json:"ref,omitempty" jsonschema:"the hosted project that this one is linked to"`
	Platform string   `json:"platform" jsonschema:"what the database stands on: supabase, or none"`
	Major    int      `json:"postgres_major"`
	Fetched  []string `json:"fetched" jsonschema:"the files that the database's history was written to"`
	Pulled   []string `json:"pulled" jsonschema:"the files of what no recorded migration makes"`
	Objects  int      `json:"objects" jsonschema:"how many objects these make or change"`
	Proven   bool     `json:"proven" jsonschema:"the files were replayed and make what the database holds"`
	Recorded []string `json:"recorded" jsonschema:"the versions that the database's history holds since"`

	later string // the command that records what nobody said yes to
}

// baseline is the name of the first migration of a project whose database came before it.
const baseline = "baseline"

// initFrom makes a project of a database that is in use already: its configuration, the migrations that it remembers, and
// one for the rest; proves that they make what is there; and enters that one into the database's history. Every step finds
// what an earlier run has done, so that a run that was cut short is gone on with by running it again.
func (a *App) initFrom(ctx context.Context, req InitRequest, s event.Sink) (_ *InitResult, err error) {
	if req.Plain {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "--plain and --from exclude each other", Hint: "what the project is for is seen in the database",
		}
	}
	unlock, err := a.alone()
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(event.Discard) // its findings are told once it is laid
	if err != nil {
		return nil, err
	}
	from := &InitFrom{Fetched: []string{}, Pulled: []string{}, Recorded: []string{}}
	w := req.From
	if w.URL.IsZero() {
		if w, err = a.linkFirst(ctx, p, w, from, s); err != nil {
			return nil, err
		}
	}
	at, err := a.place(ctx, p, w, LinkedByDefault, s)
	if err != nil {
		return nil, err
	}
	from.Target = at.Name()
	t := a.tell("init", from.Target, s)
	defer func() { t.done(err) }()
	f, err := a.look(ctx, p, at)
	if err != nil {
		return nil, err
	}
	from.Platform, from.Major = f.kind(), f.major
	result, p, err := a.lay(scaffold.InitRequest{
		Root: p.Root, Name: req.Name, Force: req.Force, Plain: !f.platform, Major: f.major, Private: f.exposure == platform.NotExposed,
	}, s)
	if err != nil {
		return result, err
	}
	result.From = from
	warnMajor(p, f.major, s)
	if err := a.takeOver(ctx, p, at, w, from, s); err != nil {
		return result, aim(err, w, LinkedByDefault)
	}
	if from.later != "" {
		command := onTarget("`"+from.later+"`", w, LinkedByDefault)
		result.Next = append(result.Next, Next{strings.Trim(command, "`"), "records what the database holds"})
	}
	result.Next = append(result.Next, next(p, s)...)
	return result, nil
}

// alone keeps a second run out of the folder until unlock is called, or this process ends.
func (a *App) alone() (unlock func(), err error) {
	dir := filepath.Join(a.StateDir, "init")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritableFolder(dir, err)
	}
	name := sha256.Sum256([]byte(a.Workdir))
	unlock, err = pgbin.TryLock(filepath.Join(dir, hex.EncodeToString(name[:8])))
	if err == nil && unlock == nil {
		err = &finding.Finding{
			Code: finding.InitBusy, Severity: finding.Error, Exit: finding.Locked,
			Message: "another cairn makes a project in " + folder.Shown(a.Workdir) + " now", Hint: "wait for it; what it has done needs no second run",
		}
	}
	return unlock, err
}

// linkFirst links the folder to the hosted project that is meant, which is how the project is reached from then on.
func (a *App) linkFirst(ctx context.Context, p *project.Project, w Where, from *InitFrom, s event.Sink) (Where, error) {
	h, found, err := a.toLink(ctx, p, w.Project, s)
	if err != nil {
		return w, err
	}
	l, err := p.Link()
	if err != nil {
		return w, err
	}
	if l != nil && l.Ref != found.Ref {
		return w, &finding.Finding{
			Code: finding.OtherProject, Severity: finding.Error, Exit: finding.Usage,
			Message: "this folder is linked to " + hostedName(l.Name, l.Ref) + ", and not to " + hostedName(found.Name, found.Ref),
			Hint:    "make the project in another folder, or `cairn unlink` first",
		}
	}
	_, err = a.linkTo(ctx, p, h, found, LinkRequest{Password: w.Password}, s)
	from.Ref = found.Ref
	return Where{Linked: true, Via: w.Via, Password: w.Password}, err
}

// look finds out what a database stands on.
func (a *App) look(ctx context.Context, p *project.Project, at *place) (*foundation, error) {
	session, err := at.Open(ctx, target.Options{Application: "cairn"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	return foundationOf(ctx, p, session, at.Name())
}

// takeOver writes what a database remembers and holds as migrations, proves them, and records those that it does not
// remember.
func (a *App) takeOver(ctx context.Context, p *project.Project, at *place, w Where, from *InitFrom, s event.Sink) error {
	listing, err := a.listing(ctx, p, true)
	if err == nil {
		err = listing.Err()
	}
	if err != nil {
		return err
	}
	h, err := a.historyWithText(ctx, at, s)
	if err != nil {
		return err
	}
	noteForeign(h, s)
	unknown := apply.UnknownOf(listing.Migrations, h)
	if same := unknown.Same(); len(same) > 0 {
		return underOtherVersions(same)
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
	recorded, err := a.recordPulled(ctx, w, at, pulled, s)
	if from.Recorded = append(from.Recorded, recorded...); len(recorded) == 0 {
		from.later = "cairn migration repair --status applied " + strings.Join(pulled, " ")
	}
	return err
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
	compare := func(req DiffRequest, s event.Sink) (*DiffResult, error) {
		files, err := a.endOf(ctx, p, EndMigrations, s)
		if err != nil {
			return nil, err
		}
		return a.diff(ctx, p, req, files, endAt(p, at), s)
	}
	d, err := compare(DiffRequest{Name: name, AllowLoss: true}, s)
	if err != nil {
		return nil, unpulled(err, from)
	}
	from.Pulled, from.Objects = append(from.Pulled, d.Written...), len(d.Changes)
	if len(d.Written) > 0 {
		again, err := compare(DiffRequest{NoProof: true}, event.Discard)
		if err != nil {
			return nil, unpulled(err, from)
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

// unpulled says how to go on where the files do not run, or nothing could be written.
func unpulled(err error, from *InitFrom) error {
	f := finding.As(err)
	if f == nil || f.Exit != finding.Refused {
		return err
	}
	out := *f
	out.Detail = paragraphs(f.Detail, "nothing was recorded; the files that were written stay")
	hint := "mend the files and run this again: it goes on from there"
	if len(from.Fetched) > 0 {
		hint = "what was made before the first recorded migration, in a dashboard, has no file: write it as a migration with a lower version than the file that fails, and run this again: it goes on from there"
	}
	out.Hint = paragraphs(f.Hint, hint)
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
