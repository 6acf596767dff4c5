package apply

import (
	"fmt"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
)

// Plan says what has to run to bring a target up to the files.
type Plan struct {
	Pending  []*migration.Migration // in the order in which they will run
	Findings []*finding.Finding     // warnings: cosmetic edits, migrations that are partly applied
	Stamp    history.Stamp          // of the history that the plan was made from

	local      []*migration.Migration
	includeAll bool
}

// MakePlan compares the files with the history of a target by the rules of the Supabase CLI (specs/cli.md §5): a
// version that is recorded and has no file, a file below the last recorded version, and, beyond that CLI, a file that
// was edited after it ran, are findings with exit Refused. With includeAll files out of order run too, in version order.
func MakePlan(local []*migration.Migration, h *history.History, includeAll bool) (*Plan, error) {
	p := &Plan{local: local, includeAll: includeAll, Stamp: h.Stamp}
	var missing []string
	var late []*migration.Migration
	i, j := 0, 0
	for i < len(local) || j < len(h.Rows) {
		switch {
		case i < len(local) && j < len(h.Rows) && local[i].Version == h.Rows[j].Version:
			found, err := compare(local[i], &h.Rows[j])
			if err != nil {
				return nil, err
			}
			if found != nil {
				p.Findings = append(p.Findings, found)
			}
			i, j = i+1, j+1
		case i == len(local) || j < len(h.Rows) && h.Rows[j].Version < local[i].Version:
			missing = append(missing, h.Rows[j].Version)
			j++
		default:
			if j < len(h.Rows) {
				late = append(late, local[i])
			} else {
				p.Pending = append(p.Pending, local[i])
			}
			i++
		}
	}
	if len(missing) > 0 {
		return nil, missingLocal(missing, UnknownOf(local, h).Same())
	}
	if len(late) > 0 && !includeAll {
		return nil, outOfOrder(late)
	}
	p.Pending = append(late, p.Pending...)
	for _, m := range p.Pending {
		if steps := h.StepsOf(m.Version, up); len(steps) > 0 {
			p.Findings = append(p.Findings, partly(m, steps))
		}
	}
	return p, nil
}

// Unread lists the versions whose recorded statements have to be read before MakePlan can judge them: cairn ran
// another text than the file holds now, or there is no file.
func Unread(local []*migration.Migration, h *history.History) []string {
	u := UnknownOf(local, h)
	var versions []string
	for _, m := range u.Applied {
		if row := h.Version(m.Version); row.Intact && row.Applied.Checksum != m.Checksum {
			versions = append(versions, m.Version)
		}
	}
	for _, row := range u.Rows {
		if row.Intact {
			versions = append(versions, row.Version)
		}
	}
	return versions
}

// compare tells whether an applied file is still the one that ran. Where nothing is recorded of what ran, as in rows
// of the oldest tools, there is nothing to compare.
func compare(m *migration.Migration, row *history.Row) (*finding.Finding, error) {
	if row.Statements != nil && !(row.Intact && row.Applied.Checksum == m.Checksum) {
		if found, err := Difference(m, row.Statements); found != nil || err != nil {
			return found, err
		}
	}
	if row.Name == "" || row.Name == m.Name {
		return nil, nil
	}
	return &finding.Finding{
		Code: finding.CosmeticEdit, Severity: finding.Warning, At: m.File.Span(0, 0),
		Message: "this file was renamed after it ran: the history knows it as " + migration.FileName(row.Version, row.Name),
		Hint:    fmt.Sprintf("give it that name again, or `cairn migration repair --status applied %s` records the new one", m.Version),
	}, nil
}

// Difference compares a file with the statements recorded for its version. Equal gives nothing, a cosmetic edit a
// warning, any other a finding with exit Refused and a diff from what ran to what the file says now.
func Difference(m *migration.Migration, recorded []string) (*finding.Finding, error) {
	switch migration.Compare(m, recorded) {
	case migration.Same:
		return nil, nil
	case migration.Cosmetic:
		return &finding.Finding{
			Code: finding.CosmeticEdit, Severity: finding.Warning, At: m.File.Span(0, 0),
			Message: "this file was edited after it ran; its statements are still the same",
			Hint:    fmt.Sprintf("`cairn migration repair --accept %s --reason …` records the new text", m.Version),
		}, nil
	}
	ran := strings.Join(recorded, ";\n")
	now := strings.Join(m.Recorded, ";\n")
	return nil, &finding.Finding{
		Code: finding.EditedApplied, Severity: finding.Error, Exit: finding.Refused, At: m.File.Span(0, 0),
		Message: fmt.Sprintf("migration %s was edited after it ran on this target", m.ID()),
		Detail:  udiff.Unified("as it ran", m.File.Name, ran+";\n", now+";\n"),
		Hint: "put the change into a new migration and restore this file, or, if the target already has what the file says now, " +
			fmt.Sprintf("`cairn migration repair --accept %s --reason …`", m.Version),
	}
}

// missingLocal refuses a history with versions that have no file; same are those of them that are files under other
// versions.
func missingLocal(versions []string, same []migration.Match) error {
	f := &finding.Finding{
		Code: finding.MissingLocal, Severity: finding.Error, Exit: finding.Refused,
		Message: "Remote migration versions not found in local migrations directory",
		Detail:  strings.Join(versions, "\n"),
		Hint: "update your checkout; if they were made elsewhere, `cairn migration fetch` writes them as files; only if they " +
			"were never meant to stay, `cairn migration repair --status reverted " + strings.Join(versions, " ") + "`",
	}
	if len(same) > 0 {
		lines := slices.Clone(versions)
		for _, m := range same {
			lines[slices.Index(lines, m.Recorded.Version)] += " " + m.Saying()
		}
		f.Detail = strings.Join(lines, "\n")
		f.Hint = "`cairn migration repair --auto` gives the recorded versions those of the files that say the same; for the rest, `cairn migration fetch` writes files"
	}
	return f
}

func outOfOrder(late []*migration.Migration) error {
	names := make([]string, len(late))
	for i, m := range late {
		names[i] = m.File.Name
	}
	return &finding.Finding{
		Code: finding.OutOfOrder, Severity: finding.Error, Exit: finding.Refused,
		Message: "Found local migration files to be inserted before the last migration on remote database",
		Detail:  strings.Join(names, "\n"),
		Hint:    "run again with --include-all to apply them now, or give them a later version",
	}
}

func partly(m *migration.Migration, steps []history.Step) *finding.Finding {
	done := 0
	for _, s := range steps {
		if s.State == "done" {
			done++
		}
	}
	return &finding.Finding{
		Code: finding.PartlyApplied, Severity: finding.Warning, At: m.File.Span(0, 0),
		Message: fmt.Sprintf("an earlier run applied %d of %d parts of this migration; it goes on from there", done, len(m.Units)),
	}
}
