package app

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed vault.sql
var vaultSQL string

// unset is a value of the configuration whose variable has none.
var unset = regexp.MustCompile(`^env\((.*)\)$`)

// vault writes the configuration's secrets into the vault of the run's target, all in one transaction. Their values are
// parameters: they stand in no statement that is told or kept.
func vault(ctx context.Context, r *apply.Runner, p *project.Project, s event.Sink) ([]string, error) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(p.Config.DB.Vault)) {
		value := p.Config.DB.Vault[name]
		if v := unset.FindStringSubmatch(value.Reveal()); value.IsZero() || v != nil {
			f := &finding.Finding{
				Code: finding.BadConfig, Severity: finding.Warning, Message: "the secret db.vault." + name + " has no value and is not written",
			}
			if v != nil {
				f.Hint = "set " + v[1]
			}
			s(event.Found{Finding: f})
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil, nil
	}
	rows, err := target.Rows(ctx, r.Session(), "select (to_regclass('vault.secrets') is not null)::text")
	if err != nil {
		return nil, err
	}
	if string(rows[0][0]) != "true" {
		return nil, &finding.Finding{
			Code: finding.NoPlatform, Severity: finding.Error, Exit: finding.Refused,
			Message: "config.toml has secrets for the vault ([db.vault]), and this database has none",
			Hint:    "enable the extension supabase_vault there, or push with --skip-vault; nothing was changed",
		}
	}
	return names, nil
}

// writeVault writes the secrets of these names.
func writeVault(ctx context.Context, r *apply.Runner, p *project.Project, names []string) error {
	if len(names) == 0 {
		return nil
	}
	return r.Alter(ctx, func(bool) []target.Step {
		var steps []target.Step
		for _, name := range names {
			steps = append(steps, target.Step{SQL: vaultSQL, Args: [][]byte{target.Text(name), target.Text(p.Config.DB.Vault[name].Reveal())}})
		}
		return steps
	})
}

// appliedFirst refuses what is not applied, with the same text, on the project that a [remotes] block names as the one to
// come first.
func (a *App) appliedFirst(ctx context.Context, p *project.Project, at *place, w Where, pending []*migration.Migration, s event.Sink) error {
	if at.hosted == nil || at.hosted.remote.After == "" || len(pending) == 0 {
		return nil
	}
	first := at.hosted.remote.After
	// The other project has its own settings, and its own password.
	own := *p
	there, err := a.hostedPlace(ctx, &own, Where{Project: first, Via: w.Via}, event.Discard)
	if err != nil {
		return err
	}
	h, err := a.readHistory(ctx, there, s)
	if err != nil {
		f := finding.As(err)
		if f == nil {
			return err
		}
		out := *f
		out.Message = fmt.Sprintf("remotes.%s is pushed after %s, which cannot be asked: %s", at.hosted.block, first, f.Message)
		return &out
	}
	var missing []string
	for _, m := range pending {
		row := h.Version(m.Version)
		switch {
		case row == nil:
			missing = append(missing, "  "+m.File.Name+": not applied there")
		case row.Applied == nil:
			missing = append(missing, "  "+m.File.Name+": applied there by another tool, which keeps no checksum")
		case row.Applied.Checksum != m.Checksum:
			missing = append(missing, "  "+m.File.Name+": another text is applied there")
		}
	}
	if missing == nil {
		return nil
	}
	return &finding.Finding{
		Code: finding.NotAppliedThere, Severity: finding.Error, Exit: finding.Refused,
		Message: fmt.Sprintf("%s is pushed after %s (%s), where not all of this is applied: nothing was changed", at.Name(), first, there.Name()),
		Detail:  strings.Join(missing, "\n"),
		Hint:    "`cairn db push --remote=" + first + "` first, and try it there; a row of another tool becomes ours with `cairn migration repair --status applied VERSION --remote=" + first + "`",
	}
}
