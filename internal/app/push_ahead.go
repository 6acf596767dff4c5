package app

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// ahead warns of versions that are dated more than a day from now: whatever is made until then sorts before them. Now is
// what the server's clock says, which all who push share.
func (a *App) ahead(ctx context.Context, r *apply.Runner, pending []*migration.Migration) []*finding.Finding {
	dated := slices.DeleteFunc(slices.Clone(pending), func(m *migration.Migration) bool {
		_, ok := migration.VersionTime(m.Version)
		return !ok
	})
	if len(dated) == 0 {
		return nil
	}
	now, here := serverTime(ctx, r), a.Now()
	if now.IsZero() {
		now = here // the run that follows says why nobody answered
	}
	return aheadOf(dated, now, here)
}

// aheadOf is ahead for the server's time and the time here.
func aheadOf(dated []*migration.Migration, now, here time.Time) []*finding.Finding {
	clocks := "the server's clock says " + now.UTC().Format(time.DateTime)
	if here.Sub(now).Abs() > time.Minute {
		clocks += ", this machine's " + here.UTC().Format(time.DateTime)
	}
	var warnings []*finding.Finding
	for _, m := range dated {
		if at, ok := migration.VersionTime(m.Version); ok && at.After(now.Add(24*time.Hour)) {
			warnings = append(warnings, &finding.Finding{
				Code: finding.ClockAhead, Severity: finding.Warning, At: m.File.Span(0, 0),
				Message: "this version is dated " + at.Format(time.DateTime) + " UTC, in the future",
				Detail:  clocks,
				Hint:    "migrations that are made until then sort before it and will be out of order; rename it, or set the clock that is wrong",
			})
		}
	}
	return warnings
}

// serverTime is the time on the server, or zero where it does not say.
func serverTime(ctx context.Context, r *apply.Runner) time.Time {
	rows, err := target.Rows(ctx, r.Session(), "select extract(epoch from clock_timestamp())::bigint::text")
	if err != nil || len(rows) != 1 {
		return time.Time{}
	}
	seconds, _ := strconv.ParseInt(string(rows[0][0]), 10, 64)
	return time.Unix(seconds, 0)
}
