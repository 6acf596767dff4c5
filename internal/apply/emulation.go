package apply

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

// Emulation makes a server of ours take what the platform's servers take. What is recorded stays the file's text.
type Emulation interface {
	// Statement returns the SQL that is sent in place of a statement and what is told of that, once it ran; "" and nil
	// where the statement is sent as it is.
	Statement(s migration.Statement) (sql string, note *finding.Finding)
	// Missing returns the SQL that makes what a refusal says is not there, such as an extension that a project enables in
	// its dashboard, and what is told of that; "" and nil where nothing is known to help.
	Missing(refusal *pgconn.PgError) (sql string, note *finding.Finding)
}

// emulated is what is sent for a statement, and where that is something else, true and what is told of it.
func (r *Runner) emulated(s migration.Statement) (sent target.Step, replaced bool, note *finding.Finding) {
	sent = step(s)
	if r.Emulate == nil {
		return sent, false, nil
	}
	sql, note := r.Emulate.Statement(s)
	if sql == "" {
		return sent, false, nil
	}
	sent.SQL = sql
	return sent, true, note
}

// noted tells a note of the emulation, once in a run however often it comes.
func (r *Runner) noted(note *finding.Finding) {
	if note == nil {
		return
	}
	key := note.Error() + "\x00" + note.Detail
	if r.told[key] {
		return
	}
	if r.told == nil {
		r.told = map[string]bool{}
	}
	r.told[key] = true
	r.found(note)
}

// diagnosed is the finding for a refusal of a statement. A place in what was sent instead is no place in the file.
func diagnosed(s *target.StatementError, at migration.Statement, replaced bool) *finding.Finding {
	f := diagnose.Statement(s.PG, at.Span)
	if replaced {
		plain := *s.PG
		plain.Position, plain.InternalPosition, plain.Where = 0, 0, ""
		f.At = diagnose.Statement(&plain, at.Span).At
	}
	f.Cause = s
	return f
}

// supply makes what a refusal says is not there, where the emulation knows how: once in a run, in a transaction of its own.
// It reports whether the statement may be tried again. With fresh the session is made as it was after connecting.
func (r *Runner) supply(ctx context.Context, refusal *pgconn.PgError, fresh bool) (bool, error) {
	if r.Emulate == nil || refusal == nil {
		return false, nil
	}
	sql, note := r.Emulate.Missing(refusal)
	if sql == "" || r.supplied[sql] {
		return false, nil
	}
	pieces, err := sqltext.Split(sql)
	if err != nil {
		return false, fmt.Errorf("what was to be made for %q: %w", refusal.Message, err)
	}
	r.rollback()
	var segments []target.Segment
	if fresh {
		segments = r.fresh()
	}
	all := target.Segment{{SQL: "begin isolation level read committed"}, r.settings(true)}
	for _, p := range pieces {
		all = append(all, target.Step{SQL: sql[p.From:p.To]})
	}
	r.used, r.quiet = true, true
	err = r.session.Exec(ctx, append(segments, append(all, target.Step{SQL: "commit"})), nil)
	r.quiet = false
	r.rollback()
	if lost(err) != nil {
		return false, err
	}
	if r.supplied == nil {
		r.supplied = map[string]bool{}
	}
	r.supplied[sql] = true
	if err != nil {
		return false, nil // the refusal says what is wrong
	}
	r.noted(note)
	return true, nil
}
