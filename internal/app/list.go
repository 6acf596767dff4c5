package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
)

// ListRequest asks for the migrations of files and target side by side.
type ListRequest struct {
	Where
}

// Listed is one version.
type Listed struct {
	Local   string            `json:"local"`  // the version, or "" where there is no file
	Remote  string            `json:"remote"` // the version, or "" where it is not applied
	Name    string            `json:"name"`
	Time    string            `json:"time"` // the version read as a time, "2026-03-15 10:00:00", else as it is
	File    string            `json:"file,omitempty"`
	Down    string            `json:"down,omitempty"` // its down file
	Header  *migration.Header `json:"header,omitempty"`
	Applied *history.Applied  `json:"applied,omitempty"`
	Steps   int               `json:"steps_done,omitempty"` // of a migration that is partly applied
}

// Listing is the result of List.
type Listing struct {
	Target     string   `json:"target"`
	Migrations []Listed `json:"migrations"`
}

// List shows each version of the files and of the linked project's history. It is well when they differ.
func (a *App) List(ctx context.Context, req ListRequest, s event.Sink) (_ *Listing, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	listing, err := a.listing(ctx, p, true)
	if err != nil {
		return nil, err
	}
	for _, f := range listing.Findings {
		s(event.Found{Finding: f})
	}
	at, err := a.place(ctx, p, req.Where, defaults["migration list"], s)
	if err != nil {
		return nil, err
	}
	t := a.tell("migration list", at.Name(), s)
	defer func() { t.done(err) }()
	h, err := a.readHistoryFor(ctx, at, listing.Migrations, s)
	if err == nil {
		noteUnknown(listing.Migrations, h, req.Where, defaults["migration list"], s)
	} else if h, err = at.platformHistory(ctx, err, s); err != nil {
		return nil, err
	}
	noteForeign(h, s)
	return &Listing{Target: at.Name(), Migrations: sideBySide(listing.Migrations, h)}, nil
}

// readHistory reads the history of a place and leaves it again.
func (a *App) readHistory(ctx context.Context, at *place, s event.Sink) (*history.History, error) {
	r := a.reader(at, s)
	defer r.Close()
	return r.Read(ctx)
}

// readHistoryFor is readHistory with the statements that it takes to compare it with the files.
func (a *App) readHistoryFor(ctx context.Context, at *place, local []*migration.Migration, s event.Sink) (*history.History, error) {
	r := a.reader(at, s)
	defer r.Close()
	h, err := r.Read(ctx)
	if err != nil {
		return nil, err
	}
	return h, h.Fetch(ctx, r.Session(), apply.Unread(local, h))
}

// reader is a runner for looking only.
func (a *App) reader(at *place, s event.Sink) *apply.Runner {
	return &apply.Runner{Target: at.Target, Options: apply.Defaults(), Run: apply.NewRun(a.Now()), Sink: s}
}

// sideBySide merges files and history by version, in the order in which they run.
func sideBySide(local []*migration.Migration, h *history.History) []Listed {
	rows := map[string]*Listed{}
	for _, m := range local {
		l := &Listed{Local: m.Version, Name: m.Name, Time: shownTime(m.Version), File: m.File.Name}
		if m.Down != nil {
			l.Down = m.Down.File.Name
		}
		if m.Header != (migration.Header{}) {
			l.Header = &m.Header
		}
		for _, step := range h.StepsOf(m.Version, "up") {
			if step.State == "done" {
				l.Steps++
			}
		}
		rows[m.Version] = l
	}
	for _, row := range h.Rows {
		l := rows[row.Version]
		if l == nil {
			l = &Listed{Name: row.Name, Time: shownTime(row.Version)}
			rows[row.Version] = l
		}
		l.Remote, l.Applied = row.Version, row.Applied
	}
	all := make([]Listed, 0, len(rows))
	for _, l := range rows {
		all = append(all, *l)
	}
	slices.SortFunc(all, func(x, y Listed) int {
		return strings.Compare(cmp.Or(x.Local, x.Remote), cmp.Or(y.Local, y.Remote))
	})
	return all
}

// shownTime reads a version of 14 digits as the time it was made at. Many are no valid time; those stay as they are.
func shownTime(version string) string {
	if t, ok := migration.VersionTime(version); ok {
		return t.Format(time.DateTime)
	}
	return version
}

// noteForeign tells of other tools' histories on a target that has none of ours yet.
func noteForeign(h *history.History, s event.Sink) {
	if h.Foreign == "" || h.Exists {
		return
	}
	s(event.Found{Finding: &finding.Finding{
		Code: finding.ForeignHistory, Severity: finding.Note,
		Message: "another tool's history was found on this target: " + h.Foreign,
		Hint:    "cairn keeps its own in supabase_migrations and leaves that one alone; `cairn migration repair --status applied` records what is there already",
	}})
}

// noteUnknown tells of recorded versions that are files under other versions.
func noteUnknown(local []*migration.Migration, h *history.History, w Where, byDefault Default, s event.Sink) {
	unknown := apply.UnknownOf(local, h)
	same := unknown.Same()
	if len(same) == 0 {
		return
	}
	s(event.Found{Finding: &finding.Finding{
		Code: finding.OtherVersion, Severity: finding.Note,
		Message: fmt.Sprintf("%s without a file, and %d of them %s a file under another version", count(len(unknown.Rows), "recorded version"), len(same), isOrAre(len(same))),
		Detail:  sayings(same),
		Hint:    onTarget("`cairn migration repair --auto` gives them the versions of their files", w, byDefault),
	}})
}

// sayings says which recorded versions are which files.
func sayings(same []migration.Match) string {
	lines := make([]string, len(same))
	for i, m := range same {
		lines[i] = m.Recorded.Version + " " + m.Saying()
	}
	return strings.Join(lines, "\n")
}
