package replay

import (
	"errors"
	"strings"

	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
)

// reader reads what statements do. It understands the few forms that give and take names, and passes over the rest.
type reader struct {
	file  *source.File
	index int // of the file
	base  int // where in the file the text begins that the cursor reads
	start int // where in the file the statement begins
	maybe bool
	found []*happening
}

// happenings reads a file. Where it cannot be split, it reads on at the next line.
func happenings(m *migration.Migration, i int) []*happening {
	r := &reader{file: m.File, index: i}
	text := m.File.Text
	for from := 0; from < len(text); {
		next := len(text)
		for p, err := range sqltext.Pieces(text[from:]) {
			if e, ok := errors.AsType[*sqltext.Error](err); ok {
				next = from + e.Offset
				next += through(text[next:], "\n")
				break
			}
			if !p.IsEmpty() {
				r.statement(text[from+p.First:from+p.To], from+p.First)
			}
		}
		from = next
	}
	return r.found
}

func through(text, end string) int {
	if i := strings.Index(text, end); i >= 0 {
		return i + len(end)
	}
	return len(text)
}

// statement reads one statement that begins at start.
func (r *reader) statement(text string, start int) {
	r.base, r.start = start, start
	c := sqltext.NewCursor(text)
	switch {
	case c.Take("CREATE"):
		r.create(&c)
	case c.Take("ALTER"):
		r.alter(&c)
	case c.Take("DROP"):
		r.drop(&c)
	case c.Take("INSERT", "INTO"), c.Take("COPY"):
		if name := c.Name(); name != nil {
			r.add(fills, object(Relation, "table", name))
		}
	case c.Take("GRANT"), c.Take("REVOKE"):
		r.grant(&c)
	case c.Take("DO"):
		for ; !c.Done(); c.Next() {
			if body, offset, ok := quoted(&c); ok {
				r.body(body, start+offset)
				return
			}
		}
	}
}

// grant reads on what rights are given or taken.
func (r *reader) grant(c *sqltext.Cursor) {
	for !c.Done() && !c.Take("ON") {
		c.Next()
	}
	k := kind{words: "TABLE", class: Relation}
	for _, other := range kinds {
		if c.Take(strings.Fields(other.words)...) {
			k = other
			break
		}
	}
	for {
		o := k.object(c.Name())
		if o.Name == "" || strings.EqualFold(o.Name, "all") {
			return
		}
		r.add(alters, o)
		if c.At("(") {
			c.Skip()
		}
		if !c.Take(",") {
			return
		}
	}
}

// add notes a happening of the statement.
func (r *reader) add(a act, o Object) *happening {
	h := &happening{
		Object: o, act: a, maybe: r.maybe, least: -1, most: -1, file: r.index,
		at: r.file.Span(r.start, r.start+1),
	}
	r.found = append(r.found, h)
	return h
}

// addAt is add for something that stands at a token inside the statement.
func (r *reader) addAt(at int, a act, o Object) *happening {
	h := r.add(a, o)
	h.at = r.file.Span(r.base+at, r.base+at+1)
	return h
}

// object is the object with that name, whose last part but one is a schema.
func object(class Class, kind string, name []string) Object {
	o := Object{Class: class, Kind: kind}
	if n := len(name); n > 0 {
		o.Name = name[n-1]
		if n > 1 {
			o.Schema = name[n-2]
		}
	}
	return o
}

// last is the bare name of a possibly qualified one.
func last(name []string) string {
	if len(name) == 0 {
		return ""
	}
	return name[len(name)-1]
}

// body reads what a DO block may do: the statements between its ";", behind the words that open a branch, and what
// EXECUTE is given as a literal.
func (r *reader) body(text string, start int) {
	inner := &reader{file: r.file, index: r.index, maybe: true}
	for p, err := range sqltext.Pieces(text) {
		if err != nil {
			break
		}
		if p.IsEmpty() {
			continue
		}
		piece := text[p.First:p.To]
		opens := true
		for c := sqltext.NewCursor(piece); !c.Done(); c.Next() {
			t, _ := c.Token()
			at := start + p.First + t.Start
			switch {
			case opens && (c.At("CREATE") || c.At("ALTER") || c.At("DROP") || c.At("INSERT")):
				inner.statement(piece[t.Start:], at)
			case opens && c.At("EXECUTE"):
				literal := c
				literal.Next()
				literal.Take("FORMAT", "(")
				if s, offset, ok := quoted(&literal); ok && !strings.Contains(s, "%") {
					inner.statement(s, start+p.First+offset)
				}
			}
			opens = c.At("BEGIN") || c.At("THEN") || c.At("ELSE") || c.At("LOOP")
		}
	}
	r.found = append(r.found, inner.found...)
}

// quoted returns what stands in the plain or dollar-quoted string that c stands at, and where that begins in c's text.
func quoted(c *sqltext.Cursor) (text string, offset int, ok bool) {
	t, _ := c.Token()
	token := c.Text()
	switch {
	case t.Kind != sqltext.String:
		return "", 0, false
	case strings.HasPrefix(token, "'"):
		return strings.ReplaceAll(token[1:len(token)-1], "''", "'"), t.Start + 1, true
	case strings.HasPrefix(token, "$"):
		tag := strings.IndexByte(token[1:], '$') + 2
		return token[tag : len(token)-tag], t.Start + tag, true
	}
	return "", 0, false
}

// label returns the text of the string that c stands at and goes past it.
func label(c *sqltext.Cursor) string {
	text, _, _ := quoted(c)
	c.Next()
	return text
}

// at is where in its text c stands.
func at(c *sqltext.Cursor) int {
	t, _ := c.Token()
	return t.Start
}

// arguments reads the parentheses with the parameters of a function and says how many a call has.
func arguments(c *sqltext.Cursor) (least, most int) {
	if !c.At("(") {
		return -1, -1
	}
	inner, end := *c, *c
	end.Skip()
	stop := at(&end)
	c.Skip()
	inner.Next()
	if inner.At(")") {
		return 0, 0
	}
	optional, out, variadic, first := false, false, false, true
	count := func() {
		if out {
			return
		}
		most++
		if !optional && !variadic {
			least++
		}
	}
	for !inner.Done() && (stop == 0 && end.Done() || at(&inner) < stop) {
		switch {
		case inner.At(")"):
			count()
			if variadic {
				most = 100
			}
			return least, most
		case inner.At(","):
			count()
			optional, out, first = false, false, true
			inner.Next()
			continue
		case first && (inner.At("OUT") || inner.At("TABLE")):
			out = true
		case inner.At("VARIADIC"):
			variadic = true
		case inner.At("DEFAULT"), inner.At("="), inner.At(":="):
			optional = true
		}
		first = false
		inner.Skip()
	}
	return -1, -1
}
