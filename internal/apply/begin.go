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

// Begin stores the run on the target before anything else changes. With restore it takes the server's clock at the
// start of that transaction, tells it, and keeps it with the run here and there: the moment to go back to with
// point-in-time recovery. It returns that moment, RFC 3339 in UTC, or "". Without restore, on a local target, rows that
// no run wrote are remembered there for ForeignRows.
func (r *Runner) Begin(ctx context.Context, restore bool) (moment string, err error) {
	var foreign []target.Step
	if !restore && !r.session.Facts().Whole { // what is sent whole goes to no local target
		if foreign, err = r.rememberForeign(ctx); err != nil {
			return "", r.explain(err)
		}
	}
	a := alteration{steps: func(own bool) []target.Step {
		var steps []target.Step
		if restore {
			steps = append(steps, target.Step{SQL: restorePointSQL, Row: func(v [][]byte) { moment = string(v[0]) }})
		}
		if own {
			steps = append(steps, history.RunStarted(r.Run, r.Verb, r.Who, r.session.Facts().Route, restore))
			steps = append(steps, foreign...)
		}
		return steps
	}}
	a.settled = r.begun
	if restore {
		a.ready = func() error { return r.journal(Line{What: "restore point", Run: r.Run, Restore: moment}) }
	}
	if err = r.alter(ctx, a); err != nil {
		return "", r.explain(err)
	}
	if restore {
		r.found(&finding.Finding{
			Code: finding.RestorePoint, Severity: finding.Note,
			Message: "restore point of this run: " + moment,
			Hint:    "point-in-time recovery to this moment brings back everything as it was before the run, data included",
		})
	}
	return moment, nil
}

// begun reports whether the run is stored on the target.
func (r *Runner) begun(ctx context.Context) (bool, error) {
	if err := r.reread(ctx); err != nil {
		return false, err
	}
	if !r.history.Own {
		return false, errUntold // runs are not stored there
	}
	rows, err := target.Rows(ctx, r.session, "select 1 from supabase_migrations.cairn_runs where run = $1", target.Text(r.Run))
	return len(rows) > 0, err
}

// End notes on the target that the run is over, and tells PostgREST to read the schema again (PostgREST docs, "Schema
// cache reloading"). It is worth trying also after a run that failed halfway.
func (r *Runner) End(ctx context.Context) error {
	if r.session == nil {
		return nil
	}
	end := func() error {
		segments := append(r.fresh(), target.Segment{{SQL: "notify pgrst, 'reload schema'"}})
		if r.history.Own {
			segments = append(segments, target.Segment{history.RunEnded(r.Run)})
		}
		return r.session.Exec(ctx, segments, nil)
	}
	err := end()
	if s := refused(err); s != nil && s.Forgotten {
		err = end()
	}
	if lost(err) == nil {
		return r.explain(err)
	}
	// Nothing of the run hangs on it.
	if err = r.connect(ctx); err == nil {
		err = end()
	}
	if err != nil {
		r.found(&finding.Finding{
			Code: finding.ConnectionLost, Severity: finding.Warning,
			Message: "the connection was lost at the end of the run: PostgREST was not told to read the schema again",
			Detail:  err.Error(), Hint: "what was applied is committed; `NOTIFY pgrst, 'reload schema'` tells it",
		})
	}
	return nil
}
