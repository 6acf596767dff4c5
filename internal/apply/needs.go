package apply

import (
	"context"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

// Need is why a file cannot run where no session outlives its transaction: the pooler's next client would get what it
// leaves behind, or the file itself would not find it again.
type Need struct {
	At         source.Span
	What, Hint string
	code       finding.Code
}

// elsewhere is the way out that every need has.
const elsewhere = "the direct connection or a session pooler (port 5432)"

// NeedOf says why a file cannot run on a way of which f is known, as far as its text shows it; nil where it can.
func NeedOf(m *migration.Migration, f target.Facts) *Need {
	if !f.Pooled {
		return nil
	}
	if !m.Transactional() {
		return wholeNeed(m)
	}
	if n := timeNeed(m, f.Limit); n != nil {
		return n
	}
	for _, s := range m.Statements() {
		n := needOf(s, false)
		if f.Whole && s.Copy != nil {
			n = &need{at: s.Span, what: "COPY … FROM STDIN sends rows behind the statement", hint: "write INSERT"}
		}
		if n != nil {
			return &Need{At: n.at, What: n.what, Hint: n.hint + ", or use " + elsewhere, code: finding.NeedsSession}
		}
	}
	return nil
}

// wholeNeed is that of a file that is more than one transaction.
func wholeNeed(m *migration.Migration) *Need {
	n := &Need{At: m.File.Span(0, 0), What: "this file needs a session", Hint: "use " + elsewhere, code: finding.NeedsSession}
	for _, u := range m.Units {
		if u.Alone {
			n.At, n.What = u.Statements[0].Span, "this statement runs outside a transaction, which needs a session"
			break
		}
	}
	return n
}

// refusal is the finding for a file that needs what the run's session is not.
func (r *Runner) refusal(n *Need) *finding.Finding {
	way := "a transaction pooler"
	if r.session.Facts().Whole {
		way = "the Management API"
	}
	return &finding.Finding{
		Code: n.code, Severity: finding.Error, Exit: finding.Refused, At: n.At,
		Message: n.What + ", and " + r.Target.Name() + " is reached through " + way,
		Hint:    n.Hint + "; nothing of this file was run",
	}
}

// suits refuses files that need a session where the run is behind a transaction pooler, as far as their text shows it.
func (r *Runner) suits(ctx context.Context, files ...*migration.Migration) error {
	for _, m := range files {
		n := NeedOf(m, r.session.Facts())
		if n == nil {
			continue
		}
		keeps, err := r.session.Keeps(ctx)
		if err != nil {
			return r.explain(err)
		}
		if r.keeps = keeps; !keeps {
			return r.refusal(n)
		}
		return nil
	}
	return nil
}

// need is why a statement cannot run there.
type need struct {
	at         source.Span
	what, hint string
}

// needOf reads a statement, and for DO the statements in its body.
func needOf(s migration.Statement, inBody bool) *need {
	text := s.Text()
	is := func(what, hint string) *need { return &need{at: s.Span, what: what, hint: hint} }
	if s.SetsSession() {
		return is("this setting outlives the transaction", "write SET LOCAL, or set_config(…, true)")
	}
	c := sqltext.NewCursor(text)
	if next := c; assigns(&next) {
		return nil // a variable of PL/pgSQL may have any name
	}
	switch {
	case c.At("DO"):
		return needInBody(s)
	case c.At("PREPARE"):
		return is("a prepared statement outlives the transaction", "write the statement itself in its place")
	case c.At("LISTEN"):
		return is("LISTEN outlives the transaction", "take it out: a migration hears nothing")
	case c.At("LOAD"):
		return is("LOAD is for the session", "let the role load the library: ALTER ROLE … SET session_preload_libraries")
	case c.At("DECLARE"):
		if mentions(c, "WITH", "HOLD") {
			return is("a cursor WITH HOLD outlives the transaction", "declare it WITHOUT HOLD")
		}
	case c.Take("CREATE"):
		if c.Take("OR", "REPLACE"); c.TakeAny("FUNCTION", "PROCEDURE") {
			return nil // what its body does, it does when it is called
		}
		c.TakeAny("GLOBAL", "LOCAL")
		if c.TakeAny("TEMP", "TEMPORARY") && !(c.At("TABLE") && mentions(c, "ON", "COMMIT", "DROP")) {
			if !c.At("TABLE") {
				return is("what is temporary outlives the transaction", "make it in a schema and drop it at the end of the file")
			}
			return is("a temporary table outlives the transaction", "write ON COMMIT DROP behind its columns")
		}
	case (c.At("SELECT") || c.At("WITH")) && !inBody && !mentions(c, "INSERT", "INTO") && !mentions(c, "MERGE", "INTO"):
		if mentions(c, "INTO", "TEMP") || mentions(c, "INTO", "TEMPORARY") || mentions(c, "INTO", "LOCAL", "TEMP") {
			return is("a temporary table outlives the transaction", "write CREATE TEMP TABLE … ON COMMIT DROP AS SELECT …")
		}
	}
	for _, name := range []string{"pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock", "pg_try_advisory_lock_shared"} {
		if mentions(sqltext.NewCursor(text), name, "(") {
			return is(name+"() outlives the transaction", "write "+strings.Replace(name, "advisory_lock", "advisory_xact_lock", 1)+"()")
		}
	}
	return nil
}

// assigns reports whether a statement begins as an assignment or a declaration does: a name, then := or = or a part of it.
func assigns(c *sqltext.Cursor) bool {
	c.Next()
	return c.At(":=") || c.At(":") || c.At("=") || c.At(".") || c.At("[")
}

// mentions reports whether the tokens stand next to each other anywhere from c on.
func mentions(c sqltext.Cursor, tokens ...string) bool {
	for ; !c.Done(); c.Next() {
		if at := c; at.Take(tokens...) {
			return true
		}
	}
	return false
}

// needInBody reads the body of a DO statement: what stands between ";" and the words of PL/pgSQL that begin a block.
func needInBody(do migration.Statement) *need {
	for c := sqltext.NewCursor(do.Text()); !c.Done(); c.Next() {
		token, _ := c.Token()
		if token.Kind != sqltext.String {
			continue
		}
		text := c.Text()
		open := strings.Index(text, "'") + 1
		if strings.HasPrefix(text, "$") {
			open = strings.Index(text[1:], "$") + 2
		}
		from := do.Start + token.Start + open
		body := do.File.Span(from, do.Start+token.End-open)
		start := 0
		fragment := func(end int) *need {
			return needOf(migration.Statement{Span: do.File.Span(from+start, from+end)}, true)
		}
		for b := sqltext.NewCursor(body.Text()); !b.Done(); b.Next() {
			for _, word := range []string{";", "BEGIN", "THEN", "ELSE", "LOOP"} {
				if !b.At(word) {
					continue
				}
				token, _ := b.Token()
				if n := fragment(token.Start); n != nil {
					return n
				}
				start = token.End
			}
		}
		if n := fragment(len(body.Text())); n != nil {
			return n
		}
	}
	return nil
}
