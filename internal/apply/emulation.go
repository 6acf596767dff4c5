package apply

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

// Emulation makes a server of ours take what the platform's servers take. What is recorded stays the file's text.
type Emulation interface {
	// Statement returns the SQL that is sent in place of a statement, "" where it is sent as it is, and what is told once
	// it ran, nil where nothing is.
	Statement(s migration.Statement) (sql string, note *finding.Finding)
	// Notice returns what is told for a notice of such SQL: that the statement was passed over, and in Detail for what. It
	// is nil for every other notice.
	Notice(n *pgconn.Notice) *finding.Finding
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
		return sent, false, note
	}
	sent.SQL = sql
	return sent, sql != s.Text(), note
}

// passing is what is known of statements of a file that the emulation passed over.
type passing struct {
	now *finding.Finding   // of the statement that runs
	all []*finding.Finding // of those before it, with their places
}

// ran takes note that a statement ran, or was passed over; it reports which.
func (p *passing) ran(s migration.Statement) (over bool) {
	if p.now == nil {
		return false
	}
	p.now.At = s.Span
	if c := sqltext.NewCursor(s.Text()); !c.Done() {
		token, _ := c.Token()
		p.now.At = s.File.Span(s.Start+token.Start, s.End)
	}
	p.all, p.now = append(p.all, p.now), nil
	return true
}

// told returns one note for all statements that were passed over for one reason, and forgets them.
func (p *passing) told() []*finding.Finding {
	var told []*finding.Finding
	var places source.Places
	for len(p.all) > 0 {
		first := p.all[0]
		var lines []int
		var what []string
		rest := p.all[:0]
		for _, f := range p.all {
			if f.Message != first.Message {
				rest = append(rest, f)
				continue
			}
			lines = append(lines, places.Pos(f.At).Line)
			if !slices.Contains(what, f.Detail) {
				what = append(what, f.Detail)
			}
		}
		slices.Sort(what)
		merged := *first
		merged.Detail = fmt.Sprintf("passed over: %d, in line %s\nabout: %s", len(lines), ranges(lines), strings.Join(what, ", "))
		told, p.all = append(told, &merged), rest
	}
	return told
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

// ranges are ascending numbers as a person writes them: 3, 7-12.
func ranges(all []int) string {
	var parts []string
	for i := 0; i < len(all); {
		last := i
		for last+1 < len(all) && all[last+1] <= all[last]+1 {
			last++
		}
		part := strconv.Itoa(all[i])
		if all[last] > all[i] {
			part += "-" + strconv.Itoa(all[last])
		}
		parts, i = append(parts, part), last+1
	}
	return strings.Join(parts, ", ")
}

// diagnosed is the finding for a refusal of a statement. A place in what was sent instead is no place in the file, and that
// it was wrapped is nobody's business.
func diagnosed(s *target.StatementError, at migration.Statement, replaced bool) *finding.Finding {
	pg := *s.PG
	if words := sqltext.Words(at.Text(), 1); replaced && (len(words) == 0 || words[0] != "DO") {
		pg.Where = pg.Where[:max(0, strings.LastIndex("\n"+pg.Where, "\nSQL statement \""))]
	}
	f := diagnose.Statement(&pg, at.Span)
	if replaced {
		pg.Position, pg.InternalPosition, pg.Where = 0, 0, ""
		f.At = diagnose.Statement(&pg, at.Span).At
	}
	f.Cause = s
	return f
}

// supply makes what a refusal says is not there, where the emulation knows how: once in a run, in a transaction of its own.
// It reports whether the statement, at, may be tried again. With fresh the session is made as it was after connecting.
func (r *Runner) supply(ctx context.Context, refusal *pgconn.PgError, at source.Span, fresh bool) (bool, error) {
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
	if note != nil {
		note.At = at
	}
	r.noted(note)
	return true, nil
}
