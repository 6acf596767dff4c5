package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/replay"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target"
)

// CheckRequest asks whether a folder of migrations is sound.
type CheckRequest struct {
	NoReplay bool          // --no-replay: look at the names and texts only
	Like     secret.String // --like URL: replay on this database's major version and default privileges
	Exposure string        // --exposure: the default privileges, "classic" or "not-exposed"; "" as configured
}

// CheckResult says what was found.
type CheckResult struct {
	Migrations int       `json:"migrations" jsonschema:"files that are migrations by their names"`
	Errors     int       `json:"errors"`
	Warnings   int       `json:"warnings" jsonschema:"with those of the replay: what ran here and a hosted project refuses"`
	Notes      int       `json:"notes" jsonschema:"with those of the replay: what was emulated, rewritten, or run as the superuser"`
	Replay     *Replayed `json:"replay,omitempty" jsonschema:"absent where the files were not run"`
}

// Replayed says how the files ran on an empty database, one after the other.
type Replayed struct {
	Files    int           `json:"files"`
	Replayed int           `json:"replayed" jsonschema:"files that ran to their end"`
	Causes   []ReplayCause `json:"causes" jsonschema:"why the others did not, in the order in which it shows"`
}

// ReplayCause is why files do not run.
type ReplayCause struct {
	Why     replay.Why   `json:"why"`
	Object  string       `json:"object,omitempty" jsonschema:"what it is about: table \"chats\""`
	Code    finding.Code `json:"code"`
	Message string       `json:"message"`
	At      ReplayPlace  `json:"at" jsonschema:"the first place that fails"`
	Blamed  *ReplayPlace `json:"blamed,omitempty" jsonschema:"the place that makes it fail, where that is another one"`
	Follow  []string     `json:"follow" jsonschema:"the files that fail for the same reason"`
}

// ReplayPlace is a place in a file.
type ReplayPlace struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

func placeOf(at source.Span) ReplayPlace {
	if at.IsZero() {
		return ReplayPlace{}
	}
	pos := at.Pos()
	return ReplayPlace{File: at.File.Name, Line: pos.Line, Column: pos.Column}
}

// Check looks at the names and the texts of all migrations, then runs them on a shadow, from the first to the last and
// past those that fail, and says of these why. Errors are a finding with exit Findings, beside the result.
func (a *App) Check(ctx context.Context, req CheckRequest, s event.Sink) (*CheckResult, error) {
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	listing, err := a.listing(ctx, p, false)
	if err != nil {
		return nil, err
	}
	result := &CheckResult{Migrations: len(listing.Migrations)}
	told := func(f *finding.Finding) { result.counted(s)(event.Found{Finding: f}) }
	for _, f := range slices.Concat(weighed(listing.Findings), versions(listing.Migrations)) {
		if !req.NoReplay && f.Severity == finding.Error && !f.At.IsZero() {
			continue // the replay tells it as a cause, with what follows from it
		}
		told(f)
	}
	if !req.NoReplay {
		if p, err = a.platformFor(ctx, p, req); err != nil {
			return result, err
		}
		outcome, err := a.replay(ctx, p, listing, result.counted(s))
		if err != nil {
			return result, err
		}
		result.Replay = &Replayed{Files: outcome.Files, Replayed: outcome.Replayed(), Causes: []ReplayCause{}}
		for _, c := range outcome.Causes {
			told(c.Finding)
			result.Replay.Causes = append(result.Replay.Causes, causeOf(c))
		}
	}
	if result.Errors == 0 {
		return result, nil
	}
	return result, &finding.Finding{
		Code: finding.CheckFailed, Severity: finding.Error, Exit: finding.Findings,
		Message: "the check found " + count(result.Errors, "error"),
	}
}

// counted is a sink that counts the findings which pass through it.
func (r *CheckResult) counted(s event.Sink) event.Sink {
	return func(e event.Event) {
		if found, ok := e.(event.Found); ok {
			switch found.Finding.Severity {
			case finding.Error:
				r.Errors++
			case finding.Warning:
				r.Warnings++
			default:
				r.Notes++
			}
		}
		s(e)
	}
}

// platformFor is the project on the platform that a check was asked to replay on. Of a live database only the catalog is
// read.
func (a *App) platformFor(ctx context.Context, p *project.Project, req CheckRequest) (*project.Project, error) {
	major, variant := p.Config.DB.MajorVersion, configuredExposure(p)
	if !req.Like.IsZero() {
		at, err := placeAt(p, req.Like)
		if err != nil {
			return nil, err
		}
		session, err := at.Open(ctx, target.Options{Application: "cairn check"})
		if err != nil {
			return nil, err
		}
		defer func() { _ = session.Close() }()
		if major = session.Facts().Server / 10000; !slices.Contains(pgbin.Majors, major) {
			return nil, (&otherPlatform{label: at.Name(), major: major}).otherMajor()
		}
		if variant, err = exposure(ctx, p, session); err != nil {
			return nil, err
		}
	}
	switch req.Exposure {
	case "":
	case "classic":
		variant = platform.Classic
	case "not-exposed":
		variant = platform.NotExposed
	default:
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("--exposure %q is none of classic and not-exposed", req.Exposure),
		}
	}
	return onPlatform(p, major, variant), nil
}

// replay runs the files of a folder on a shadow.
func (a *App) replay(ctx context.Context, p *project.Project, listing *migration.Listing, s event.Sink) (*replay.Result, error) {
	roles, err := a.rolesFile(p, s)
	if err != nil {
		return nil, err
	}
	server, err := a.shadow(ctx, p, s)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	began := a.Now()
	phase := event.PhaseStarted{Name: "replay " + count(len(listing.Migrations), "file") + " on a shadow"}
	s(phase)
	defer func() { s(event.PhaseDone{Name: phase.Name, Elapsed: a.Now().Sub(began)}) }()
	r := replay.Replay{
		Shadow: server, Roles: roles, Emulate: emulation, Sink: s, Files: listing.Migrations, Broken: listing.Findings, Aside: aside(ctx, p),
	}
	return r.Run(ctx)
}

// aside are the SQL files that do not run because of their names or because they stand in a folder of their own. What
// cannot be read of them is not told: it is about no migration.
func aside(ctx context.Context, p *project.Project) []*migration.Migration {
	folders := []string{p.Migrations}
	list, _ := os.ReadDir(p.Migrations)
	for _, e := range list {
		if e.IsDir() {
			folders = append(folders, filepath.Join(p.Migrations, e.Name()))
		}
	}
	var all []*migration.Migration
	for i, path := range folders {
		loose, err := migration.Dir{Root: p.Root, Path: path}.Loose(ctx)
		if err != nil {
			continue
		}
		for _, m := range loose.Migrations {
			if _, _, runs := migration.ParseName(filepath.Base(m.Path)); i > 0 || !runs {
				all = append(all, m)
			}
		}
	}
	return all
}

// weighed gives the findings of a folder the weight that they have in a check: what is skipped is an error, an order
// that surprises a warning, an empty file a note.
func weighed(findings []*finding.Finding) []*finding.Finding {
	all := make([]*finding.Finding, len(findings))
	for i, f := range findings {
		told := *f
		switch {
		case f.Code == finding.SkippedName && f.Severity == finding.Warning:
			told.Severity = finding.Error
		case f.Code == finding.VersionOrder:
			told.Severity = finding.Warning
		case f.Code == finding.NoStatements:
			told.Severity = finding.Note
		}
		all[i] = &told
	}
	return all
}

// shownVersions is how many versions a finding names.
const shownVersions = 5

// versions tells of versions that are sound and may still surprise: moments that there are not, and several lengths.
func versions(files []*migration.Migration) []*finding.Finding {
	var wrong, lengths []string
	example := map[int]string{}
	for _, m := range files {
		v := m.Version
		if _, ok := migration.VersionTime(v); len(v) == 14 && !ok {
			wrong = append(wrong, v)
		}
		if example[len(v)] == "" {
			example[len(v)] = v
			lengths = append(lengths, v)
		}
	}
	var all []*finding.Finding
	if n := len(wrong); n > 0 {
		f := &finding.Finding{
			Code: finding.NoTimestamp, Severity: finding.Note,
			Message: count(n, "version") + " of 14 digits that " + isOrAre(n) + " no moment: " + strings.Join(wrong[:min(n, shownVersions)], ", "),
			Detail:  "they run all the same: versions are compared as text",
		}
		if n > shownVersions {
			f.Message += ", …"
		}
		all = append(all, f)
	}
	if len(lengths) > 1 {
		all = append(all, &finding.Finding{
			Code: finding.MixedWidths, Severity: finding.Note,
			Message: fmt.Sprintf("versions of %d lengths: %s", len(lengths), strings.Join(lengths, ", ")),
			Hint:    "give new files versions of one length; files that ran somewhere keep theirs",
		})
	}
	return all
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// causeOf is a cause as results hold it.
func causeOf(c *replay.Cause) ReplayCause {
	r := ReplayCause{Why: c.Why, Code: c.Finding.Code, Message: c.Finding.Message, At: placeOf(c.Finding.At), Follow: []string{}}
	if c.Object != (replay.Object{}) {
		r.Object = c.Object.String()
	}
	if !c.At.IsZero() {
		blamed := placeOf(c.At)
		r.Blamed = &blamed
	}
	for _, f := range c.Follow {
		r.Follow = append(r.Follow, f.File.File.Name)
	}
	return r
}
