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

// Reconciled says what a history and the files have in common under different versions.
type Reconciled struct {
	DryRun   bool             `json:"dry_run,omitempty"`
	Versions []UnknownVersion `json:"versions" jsonschema:"the recorded versions that have no file"`
	Files    []string         `json:"files" jsonschema:"the files that are not recorded, and are not found to be"`
	Next     []Next           `json:"next" jsonschema:"what to do about what remains"`
}

// UnknownVersion is a recorded version without a file, with the file that is most like it.
type UnknownVersion struct {
	Version  string             `json:"version"`
	Name     string             `json:"name"`
	File     string             `json:"file,omitempty"`
	Likeness migration.Likeness `json:"likeness" jsonschema:"same, cosmetic, name: the same migration; repeated: that of another version too; near: alike, and not the same; none: no file is like it"`
	Why      string             `json:"why"`
	State    Presence           `json:"state,omitempty" jsonschema:"whether the database holds what the file makes: present, unseen or absent; left out where it was not tried"`
	Lacks    []string           `json:"lacks,omitempty" jsonschema:"what is missing or different"`
	To       string             `json:"to,omitempty" jsonschema:"the version that it is given"`
}

// why says what a likeness rests on.
func why(m migration.Match) string {
	switch m.Likeness {
	case migration.SameText:
		return "the same statements"
	case migration.SameStatements:
		return "the same statements, written otherwise"
	case migration.SameName:
		return "the same name; nothing is recorded of what ran"
	case migration.Repeated:
		return "the same statements as version " + m.Instead + ", which has the file"
	}
	return "alike, but not the same statements"
}

// reconcile finds the files of recorded versions that a platform made up, proves that the history would still make what
// is there, and gives those versions the files' own.
func (a *App) reconcile(ctx context.Context, req RepairRequest, s event.Sink) (_ *RepairResult, err error) {
	const verb = "migration repair"
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	local, err := a.files(ctx, p, s)
	if err != nil {
		return nil, err
	}
	at, err := a.place(ctx, p, req.Where, defaults[verb], s)
	if err != nil {
		return nil, err
	}
	r, end, err := a.begin(ctx, verb, at, RunOptions{}, s)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	if err := r.History().Fetch(ctx, r.Session(), apply.Unread(local, r.History())); err != nil {
		return nil, err
	}
	unknown := apply.UnknownOf(local, r.History())
	found := &Reconciled{DryRun: req.DryRun, Versions: []UnknownVersion{}, Files: []string{}, Next: []Next{}}
	matches := unknown.Matches()
	renamed := found.match(unknown, matches)
	result := &RepairResult{Target: at.Name(), Status: "renamed", Versions: []string{}, Auto: found}
	if len(renamed) > 0 && !req.NoProof {
		if err := a.proveRenamed(ctx, p, at, matches, found, s); err != nil {
			return result, aim(err, req.Where, defaults[verb])
		}
		renamed = slices.DeleteFunc(renamed, func(one apply.Renamed) bool { return found.of(one.Row.Version).State == IsAbsent })
	}
	renamed = slices.DeleteFunc(renamed, func(one apply.Renamed) bool { return found.of(one.Row.Version).isNameAlone() })
	found.settle(unknown, renamed)
	for i := range found.Next {
		found.Next[i].Command = strings.Trim(onTarget("`"+found.Next[i].Command+"`", req.Where, defaults[verb]), "`")
	}
	if len(renamed) == 0 || req.DryRun {
		return result, nil
	}
	var lines []string
	for _, one := range renamed {
		lines = append(lines, fmt.Sprintf("  %s → %s: %s", migration.FileName(one.Row.Version, one.Row.Name), one.File.File.Name, found.of(one.Row.Version).Why))
	}
	intent := at.intent(ctx, Change, "rename "+count(len(renamed), "recorded version")+" after the files", strings.Join(lines, "\n"))
	if err := a.consent(ctx, intent, s); err != nil {
		return result, err
	}
	if err := a.keepJournal(r, at); err != nil {
		return result, err
	}
	if err := r.Rename(ctx, renamed); err != nil {
		return result, err
	}
	var moved []string
	for _, one := range renamed {
		result.Versions = append(result.Versions, one.File.Version)
		moved = append(moved, one.Row.Version+" → "+one.File.Version)
	}
	return result, r.Note("repair --auto", req.Reason, moved)
}

// match fills in what is like what, and returns the pairs that are the same migration.
func (c *Reconciled) match(u *apply.Unknown, matches []migration.Match) []apply.Renamed {
	var renamed []apply.Renamed
	for _, row := range u.Rows {
		v := UnknownVersion{Version: row.Version, Name: row.Name, Likeness: migration.Unlike, Why: "no file is like it"}
		if i := slices.IndexFunc(matches, func(m migration.Match) bool { return m.Recorded.Version == row.Version }); i >= 0 {
			m := matches[i]
			v.File, v.Likeness, v.Why = m.File.File.Name, m.Likeness, why(m)
			if m.Likeness.IsSame() {
				renamed = append(renamed, apply.Renamed{Row: row, File: m.File})
			}
		}
		c.Versions = append(c.Versions, v)
	}
	return renamed
}

// of is what is said of a recorded version.
func (c *Reconciled) of(version string) *UnknownVersion {
	return &c.Versions[slices.IndexFunc(c.Versions, func(v UnknownVersion) bool { return v.Version == version })]
}

// isNameAlone reports whether nothing but its name says that a version is its file, and takes it for no more than near
// then: a file that is taken for what ran never runs.
func (v *UnknownVersion) isNameAlone() bool {
	if v.Likeness != migration.SameName || v.State == IsPresent {
		return false
	}
	v.Likeness = migration.SimilarText
	switch v.State {
	case IsAbsent:
		v.Why += ", and what the file makes is not there"
	case IsUnseen:
		v.Why += ", and the file makes nothing that can be looked for"
	default:
		v.Why += ", and nothing was looked for"
	}
	return true
}

// settle says what is renamed, what remains, and what to do about that.
func (c *Reconciled) settle(u *apply.Unknown, renamed []apply.Renamed) {
	for _, one := range renamed {
		c.of(one.Row.Version).To = one.File.Version
	}
	for _, m := range u.Free {
		if !slices.ContainsFunc(renamed, func(one apply.Renamed) bool { return one.File == m }) {
			c.Files = append(c.Files, m.File.Name)
		}
	}
	var repeated []string
	others := 0
	for _, v := range c.Versions {
		switch {
		case v.To != "":
		case v.Likeness == migration.Repeated:
			repeated = append(repeated, v.Version)
		default:
			others++
		}
	}
	if len(renamed) > 0 && c.DryRun {
		c.Next = append(c.Next, Next{"cairn migration repair --auto", "records this"})
	}
	if len(repeated) > 0 {
		c.Next = append(c.Next, Next{"cairn migration repair --status reverted " + strings.Join(repeated, " "), "forgets what ran again: its file stands for another version"})
	}
	if others > 0 {
		c.Next = append(c.Next, Next{"cairn migration fetch", "writes what has no file as a file: " + count(others, "version")})
	}
	if len(c.Files) > 0 {
		c.Next = append(c.Next, Next{"cairn db push", "applies what is not recorded: " + count(len(c.Files), "file")})
	}
}

// proveRenamed says of each match that is the same migration whether the database holds what its file makes, where the history with the files'
// versions is replayed in its order. A history that does not replay is a finding.
func (a *App) proveRenamed(ctx context.Context, p *project.Project, at *place, matches []migration.Match, found *Reconciled, s event.Sink) error {
	from, err := a.endOf(ctx, p, EndHistory, Where{}, s)
	if err != nil {
		return err
	}
	from.moved = map[string]string{}
	for _, m := range matches {
		if m.Likeness.IsSame() || m.Likeness == migration.Repeated { // what ran again is left out
			from.moved[m.Recorded.Version] = m.File.Version
		}
	}
	matches = slices.DeleteFunc(slices.Clone(matches), func(m migration.Match) bool { return !m.Likeness.IsSame() })
	to := endAt(p, at)
	w, err := a.compare(ctx, p, from, to, s)
	if err != nil {
		return unreplayed(err)
	}
	defer w.close()
	if err := w.narrow(ctx, nil); err != nil {
		return err
	}
	if len(w.changes()) == 0 {
		for _, m := range matches {
			found.of(m.Recorded.Version).State = IsPresent
		}
		// That a file makes no difference is no sign that it ran: of a name alone, its objects are looked for.
		matches = slices.DeleteFunc(matches, func(m migration.Match) bool { return m.Likeness != migration.SameName })
	}
	if len(matches) == 0 {
		return nil
	}
	index := func(m migration.Match) int {
		return slices.IndexFunc(w.files, func(file *migration.Migration) bool { return file.Version == m.File.Version })
	}
	first := len(w.files)
	for _, m := range matches {
		first = min(first, index(m))
	}
	steps, err := w.stepByStep(ctx, first)
	if err != nil {
		return unreplayed(err)
	}
	for _, m := range matches {
		v := found.of(m.Recorded.Version)
		if v.State, v.Lacks = presence(steps, index(m), to.catalog); v.State == IsAbsent && m.Likeness != migration.SameName {
			s(event.Found{Finding: &finding.Finding{
				Code: finding.RenameUnproven, Severity: finding.Warning, At: m.File.File.Span(0, 0),
				Message: fmt.Sprintf("version %s ran what this file says, and %s does not hold it any more: it keeps its version", v.Version, at.Name()),
				Detail:  "  " + strings.Join(v.Lacks[:min(len(v.Lacks), shownLacks)], "\n  "),
				Hint:    "where that was meant, --no-proof gives it the file's version all the same",
			}})
		}
	}
	return nil
}

// unreplayed says that the history as it would be does not replay.
func unreplayed(err error) error {
	f := finding.As(err)
	if f == nil || f.Exit != finding.Refused {
		return err
	}
	out := *f
	out.Code, out.Message = finding.RenameUnproven, "nothing was changed: with the files' versions, "+f.Message
	out.Hint = paragraphs(f.Hint, "--no-proof renames what has the same statements without a replay")
	return &out
}
