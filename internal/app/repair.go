package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
)

// RepairRequest asks to change the history without running anything.
type RepairRequest struct {
	Where
	Versions []string
	Status   string // "applied" or "reverted"
	Accept   string // --accept: record the present text of this edited migration
	Reason   string // --reason: why, kept in the journal; needed with Accept
	Auto     bool   // --auto: give recorded versions without a file those of the files that say the same
	DryRun   bool   // --dry-run: with Auto, say what would be, and record nothing
	NoProof  bool   // --no-proof: with Auto, replay nothing

	whole *history.Stamp // the history that all files are to take the place of, where it was looked at before
}

// RepairResult says what was recorded.
type RepairResult struct {
	Target   string      `json:"target"`
	Status   string      `json:"status"`   // "applied", "reverted" or, with Auto, "renamed"
	Versions []string    `json:"versions"` // those that changed
	Auto     *Reconciled `json:"auto,omitempty"`
}

// Repair marks versions as applied or reverted, or accepts an edited file's text. No version means all of them: the
// history is then made to match the files. The SQL of a file is never run.
func (a *App) Repair(ctx context.Context, req RepairRequest, s event.Sink) (_ *RepairResult, err error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	if req.Auto {
		return a.reconcile(ctx, req, s)
	}
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
	marked, forget, err := req.choose(local)
	if err != nil {
		return nil, aim(err, req.Where, defaults["migration repair"])
	}
	at, err := a.place(ctx, p, req.Where, defaults["migration repair"], s)
	if err != nil {
		return nil, err
	}
	r, end, err := a.begin(ctx, "migration repair", at, RunOptions{}, s)
	if err != nil {
		return nil, err
	}
	defer func() { end(err) }()
	if req.Accept != "" && r.History().Version(req.Accept) == nil {
		return nil, aim(unknownVersion(req.Accept, "the history of "+at.Name()), req.Where, defaults["migration repair"])
	}
	all := len(req.Versions) == 0 && req.Accept == ""
	if all {
		forget = appliedVersions(r.History())
		if req.whole == nil {
			req.whole = &r.History().Stamp
		}
		if req.Status == "applied" && len(marked) == 0 && len(forget) > 0 {
			return nil, emptied(at, len(forget))
		}
	}
	if err := a.consent(ctx, req.intent(ctx, at, marked, forget, all), s); err != nil {
		return nil, err
	}
	if err := a.keepJournal(r, at); err != nil {
		return nil, err
	}
	result := &RepairResult{Target: at.Name(), Status: cmp.Or(req.Status, "applied"), Versions: []string{}}
	err = r.Repair(ctx, marked, forget, req.whole, func(version string) {
		if req.Status == "reverted" {
			result.Versions = append(result.Versions, version)
		}
	})
	if err != nil {
		return nil, err
	}
	if err := r.Note("repair", req.Reason, append(versionsOf(marked), forget...)); err != nil {
		return nil, err
	}
	if req.Status != "reverted" {
		result.Versions = append(result.Versions, versionsOf(marked)...)
	}
	return result, nil
}

// check refuses a request that does not say what to do.
func (req RepairRequest) check() error {
	bad := func(message, hint string) error {
		return &finding.Finding{Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Message: message, Hint: hint}
	}
	switch {
	case req.Auto && (req.Accept != "" || req.Status != "" || len(req.Versions) > 0):
		return bad("--auto finds the versions by itself: it takes no version, no --status and no --accept", "")
	case !req.Auto && (req.DryRun || req.NoProof):
		return bad("--dry-run and --no-proof go with --auto", "")
	case req.Auto:
		return nil
	case req.Accept != "" && (req.Status != "" || len(req.Versions) > 0):
		return bad("--accept takes no other version and no --status", "")
	case req.Accept != "" && strings.TrimSpace(req.Reason) == "":
		return bad("--accept needs a reason", "add --reason \"why the applied file was edited\"")
	case req.Accept == "" && req.Status != "applied" && req.Status != "reverted":
		return bad("--status must be applied or reverted", "`cairn migration repair --status applied VERSION`")
	}
	for _, v := range req.Versions {
		if v == "" || strings.Trim(v, "0123456789") != "" {
			return bad(fmt.Sprintf("failed to parse %s: invalid version number", v), "a version is the digits at the front of a file's name")
		}
	}
	return nil
}

// command is how the same is asked for on the command line.
func (req RepairRequest) command() string {
	return strings.Join(append([]string{"cairn migration repair --status", req.Status}, req.Versions...), " ")
}

// choose finds the migrations to mark and the versions to forget.
func (req RepairRequest) choose(local []*migration.Migration) (marked []*migration.Migration, forget []string, err error) {
	switch {
	case req.Status == "reverted":
		return nil, req.Versions, nil
	case req.Accept == "" && len(req.Versions) == 0:
		return local, nil, nil
	}
	for _, v := range append(slices.Clone(req.Versions), req.Accept) {
		if v == "" {
			continue
		}
		i := slices.IndexFunc(local, func(m *migration.Migration) bool { return m.Version == v })
		if i < 0 {
			return nil, nil, unknownVersion(v, "the migrations folder")
		}
		marked = append(marked, local[i])
	}
	return marked, nil, nil
}

func (req RepairRequest) intent(ctx context.Context, at *place, marked []*migration.Migration, forget []string, all bool) Intent {
	var action, detail string
	switch {
	case all && req.Status == "reverted":
		action, detail = "forget the whole migration history", replaced(nil, forget)
	case all:
		action = "make the whole migration history match the local files"
		detail = replaced(marked, forget)
	case req.Accept != "":
		action = "record the present text of migration " + req.Accept
	default:
		action = fmt.Sprintf("mark %s as %s", strings.Join(append(versionsOf(marked), forget...), ", "), req.Status)
	}
	return at.intent(ctx, Change, action, detail)
}

// replaced says what becomes of recorded versions where files take the place of all of them.
func replaced(marked []*migration.Migration, recorded []string) string {
	files := versionsOf(marked)
	lost := slices.DeleteFunc(slices.Clone(recorded), func(v string) bool { return slices.Contains(files, v) })
	lines := []string{fmt.Sprintf("%d recorded, %s", len(recorded), count(len(files), "file"))}
	if len(lost) > 0 {
		lines = append(lines, "lost, with the statements that are recorded of them (`cairn migration fetch` writes those as files):")
		for _, v := range lost[:min(len(lost), shownLacks)] {
			lines = append(lines, "  "+v)
		}
		if more := len(lost) - shownLacks; more > 0 {
			lines = append(lines, fmt.Sprintf("  and %d more", more))
		}
	}
	if n := len(recorded) - len(lost); n > 0 {
		lines = append(lines, "of "+count(n, "version")+" the text of the file is recorded in place of what ran")
	}
	return strings.Join(lines, "\n")
}

// emptied refuses to let no file take the place of n recorded versions.
func emptied(at *place, n int) error {
	return &finding.Finding{
		Code: finding.UnknownVersion, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("there is no file to mark as applied: the history of %s would lose its %s, and nothing was changed", at.Name(), count(n, "version")),
		Hint:    "`cairn migration fetch` writes what is recorded as files; `cairn migration repair --status reverted` forgets all of it",
	}
}

func versionsOf(migrations []*migration.Migration) []string {
	versions := make([]string, len(migrations))
	for i, m := range migrations {
		versions[i] = m.Version
	}
	return versions
}

func unknownVersion(version, where string) error {
	return &finding.Finding{
		Code: finding.UnknownVersion, Severity: finding.Error, Exit: finding.Usage,
		Message: "there is no version " + version + " in " + where,
		Hint:    "`cairn migration list` shows what there is; leading zeros count",
	}
}
