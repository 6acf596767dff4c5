package migration

import (
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// Difference is how a file differs from what the history holds of it.
type Difference int

// The differences.
const (
	Same     Difference = iota // the same statements, letter by letter
	Cosmetic                   // the same statements, written otherwise
	Edited                     // other statements
)

// String returns "same", "cosmetic" or "edited".
func (d Difference) String() string {
	switch d {
	case Same:
		return "same"
	case Cosmetic:
		return "cosmetic"
	default:
		return "edited"
	}
}

// Compare tells whether a file still says what was recorded when it ran. It does not matter where the recorder parted
// the text: one element may hold it all, as rows of the Management API do, or half a statement, as older splitters
// left it; nor whether it kept the ";" behind statements, comments without a statement, or BEGIN and COMMIT.
func Compare(local *Migration, recorded []string) Difference {
	if len(recorded) > 0 {
		recorded = slices.Clone(recorded)
		recorded[0] = strings.TrimPrefix(recorded[0], byteOrderMark)
	}
	text := local.File.Text
	if consists(text, recorded) {
		return Same
	}
	now, ran := read(text), read(joined(recorded))
	switch {
	case slices.Equal(now.all, ran.all), slices.Equal(now.work, ran.work) && (len(now.all) == len(now.work) || len(ran.all) == len(ran.work)):
		return Same
	case slices.Equal(now.normal, ran.normal):
		return Cosmetic
	}
	return Edited
}

// consists reports whether text is the parts in order, with nothing but white space and ";" around them, and a ";"
// between any two.
func consists(text string, parts []string) bool {
	const gap = " \t\r\n\f\v;"
	for i, part := range parts {
		from := strings.TrimLeft(text, gap)
		between := text[:len(text)-len(from)]
		rest, ok := strings.CutPrefix(from, strings.Trim(part, gap))
		if !ok || i > 0 && !strings.Contains(between, ";") {
			return false
		}
		text = rest
	}
	return strings.Trim(text, gap) == ""
}

// reading is the statements of a text, for a comparison.
type reading struct {
	all    []string // as they are written
	work   []string // the same without transaction control
	normal []string // the normal forms of work
}

// read reads a text; from where it cannot be split, the rest is one statement.
func read(text string) reading {
	var r reading
	end := 0
	for p, err := range sqltext.Pieces(text) {
		if err != nil {
			p = sqltext.Piece{Start: end, From: end, First: end, To: len(text), End: len(text)}
		}
		end = p.End
		if err == nil && p.IsEmpty() {
			continue
		}
		s := text[p.From:p.To]
		if p.Copy != nil {
			s += ";\n" + text[p.Copy.Start:p.Copy.End]
		}
		r.all = append(r.all, s)
		if kind, _, _ := transaction(text[p.From:p.To]); kind == noControl {
			r.work = append(r.work, s)
			r.normal = append(r.normal, sqltext.Normalize(text[p.From:p.End]))
		}
	}
	return r
}

// Text returns the text of a file that holds recorded statements: Compare finds the two the same.
func Text(recorded []string) string {
	var b strings.Builder
	for _, s := range recorded {
		b.WriteString(s)
		b.WriteString(ending(s))
	}
	return b.String()
}

// ending returns what has to stand between a recorded element and the next.
func ending(s string) string {
	pieces, err := sqltext.Split(s)
	if err != nil || len(pieces) == 0 {
		return "\n;\n"
	}
	last := pieces[len(pieces)-1]
	tail := strings.TrimRight(s[last.Start:last.End], " \t\r\n\f\v")
	line := false // in a comment that would swallow a ";"
	for t := range sqltext.Tokens(tail) {
		line = t.Kind == sqltext.Comment && strings.HasPrefix(tail[t.Start:], "--")
	}
	switch {
	case last.Copy != nil && strings.HasSuffix(s, "\n"):
		return ""
	case last.Copy != nil, !line && strings.HasSuffix(tail, ";"):
		return "\n"
	case line:
		return "\n;\n"
	}
	return ";\n"
}
