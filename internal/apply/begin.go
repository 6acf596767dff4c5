package apply

import (
	"context"
	_ "embed"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed restore_point.sql
var restorePointSQL string

// Begin stores the run on the target before anything else changes. With restore the server's clock is taken first,
// told, and kept with the run here and there: the moment to go back to with point-in-time recovery. It returns that
// moment, RFC 3339 in UTC, or "". Without restore, on a local target, rows that no run wrote are remembered there for
// ForeignRows.
func (r *Runner) Begin(ctx context.Context, restore bool) (moment string, err error) {
	if restore {
		rows, err := target.Rows(ctx, r.session, restorePointSQL)
		if err != nil {
			return "", r.explain(err)
		}
		moment = string(rows[0][0])
		if err := r.journal(Line{What: "restore point", Run: r.Run, Restore: moment}); err != nil {
			return "", err
		}
	}
	var foreign []target.Step
	if !restore {
		if foreign, err = r.rememberForeign(ctx); err != nil {
			return "", r.explain(err)
		}
	}
	err = r.Alter(ctx, func(own bool) []target.Step {
		if !own {
			return nil
		}
		started := history.RunStarted(r.Run, r.Verb, r.Who, r.session.Facts().Route, moment)
		return append([]target.Step{started}, foreign...)
	})
	if err == nil && restore {
		r.found(&finding.Finding{
			Code: finding.RestorePoint, Severity: finding.Note,
			Message: "restore point of this run: " + moment,
			Hint:    "point-in-time recovery to this moment brings back everything as it was before the run, data included",
		})
	}
	return moment, err
}

// End notes on the target that the run is over, and tells PostgREST to read the schema again (PostgREST docs, "Schema
// cache reloading"). It is worth trying also after a run that failed halfway.
func (r *Runner) End(ctx context.Context) error {
	if r.session == nil {
		return nil
	}
	segments := append(r.fresh(), target.Segment{{SQL: "notify pgrst, 'reload schema'"}})
	if r.history.Own {
		segments = append(segments, target.Segment{history.RunEnded(r.Run)})
	}
	return r.explain(r.session.Exec(ctx, segments, nil))
}
