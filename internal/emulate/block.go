package emulate

import (
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// block returns what becomes of a DO block in PL/pgSQL: the statements that stand in it, and those that it executes
// from a constant, are looked at one by one. Nil where nothing changes.
func (e *Emulator) block(text string) *change {
	c := sqltext.NewCursor(text)
	c.Take("DO")
	var body sqltext.Token
	for ; !c.Done(); c.Next() {
		if token, _ := c.Token(); token.Kind == sqltext.String {
			body = token
		}
		if c.Take("LANGUAGE") && !strings.EqualFold(strings.Trim(c.Text(), `'"`), "plpgsql") {
			return nil
		}
	}
	inside, tag := dollar(text[body.Start:body.End])
	if tag == "" {
		return nil
	}
	var all *change
	var b strings.Builder
	written := 0
	replace := func(from, to int, with string, c *change) {
		b.WriteString(inside[written:from])
		b.WriteString(with)
		written = to
		if all == nil {
			first := *c
			all = &first
			return
		}
		if c.severity > all.severity { // what weighs most is told first
			heavier := *c
			all, c = &heavier, all
		}
		for _, detail := range append([]string{c.message}, c.details...) {
			if detail != all.message && !slices.Contains(all.details, detail) {
				all.details = append(all.details, detail)
			}
		}
	}
	begins := true // a statement may begin at the token
	for c := sqltext.NewCursor(inside); !c.Done(); {
		switch {
		case begins && c.At("EXECUTE"):
			c.Next()
			token, _ := c.Token()
			c.Next()
			if sql, ok := constant(inside[token.Start:token.End]); ok && token.Kind == sqltext.String && c.At(";") {
				if made := e.one(sql); made != nil {
					if made.elevate {
						made.sql = "SELECT " + escalated(made.sql)
					}
					replace(token.Start, token.End, sqltext.Literal(made.sql), made)
				}
			}
			begins = false
		case begins && slices.ContainsFunc(heads, c.At):
			from, _ := c.Token()
			to := from
			for ; !c.Done() && !c.At(";"); c.Next() {
				to, _ = c.Token()
			}
			if made := e.one(inside[from.Start:to.End]); made != nil {
				if made.elevate {
					made.sql = "PERFORM " + escalated(made.sql)
				}
				replace(from.Start, to.End, made.sql, made)
			}
		default:
			begins = c.At(";") || c.At("BEGIN") || c.At("THEN") || c.At("ELSE") || c.At("LOOP")
			c.Next()
		}
	}
	if all == nil {
		return nil
	}
	b.WriteString(inside[written:])
	all.sql = text[:body.Start] + tag + b.String() + tag + text[body.End:]
	return all
}

// heads begin the statements that something may become of.
var heads = []string{"CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE"}

// dollar returns what a dollar-quoted string holds, and its tag; "" and "" for any other string.
func dollar(literal string) (inside, tag string) {
	if !strings.HasPrefix(literal, "$") {
		return "", ""
	}
	tag = literal[:strings.IndexByte(literal[1:], '$')+2]
	return literal[len(tag) : len(literal)-len(tag)], tag
}

// constant returns what a plain or dollar-quoted string holds.
func constant(literal string) (string, bool) {
	if inside, tag := dollar(literal); tag != "" {
		return inside, true
	}
	if len(literal) < 2 || literal[0] != '\'' || strings.Contains(literal, "\n") {
		return "", false
	}
	return strings.ReplaceAll(literal[1:len(literal)-1], "''", "'"), true
}
