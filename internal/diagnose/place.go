package diagnose

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/source"
)

var (
	// frame finds the line of a DO block in a CONTEXT. The words around it are translated, the name of the block is not.
	frame = regexp.MustCompile(`inline_code_block[^\n0-9]*([0-9]+)([^\n]*)`)
	// keyword finds the plpgsql statement that a frame is at; most of them go by their keyword, which is not translated.
	keyword = regexp.MustCompile(`[A-Z]{2,}`)
	// copyLine finds the line of COPY data in a CONTEXT; "COPY" and the order of table and line are the same in all languages.
	copyLine = regexp.MustCompile(`(?m)^COPY .*?, [^\n0-9]*([0-9]+)`)
)

// locate returns the scene of an error in the statement at: its place and the words of the innermost statement known.
func locate(pg *pgconn.PgError, at source.Span) scene {
	s := scene{pg: pg, words: read(at.Text())}
	if pg.Position > 0 {
		s.at = at.Char(int(pg.Position))
		if at.File != nil {
			s.near = read(at.File.Span(s.at.Start, at.End).Text())
		}
		return s
	}
	if s.words.starts("copy") {
		if place, ok := inCopyData(pg, at); ok {
			s.at = place
			return s
		}
	}
	if s.words.starts("do") {
		if inner, ok := inBody(pg, at, s.words); ok {
			return inner
		}
	}
	s.at = at.Char(1)
	if len(s.words) > 0 {
		s.at = at.File.Span(at.Start+s.words[0].start, at.End).Char(1)
	}
	if pg.InternalQuery != "" {
		s.words = read(pg.InternalQuery)
		s.near = read(pg.InternalQuery[internalOffset(pg):])
	}
	return s
}

// inBody finds the scene of an error inside the body of a DO block: the query that failed where it stands there
// word by word, or else the line that the CONTEXT names.
func inBody(pg *pgconn.PgError, at source.Span, all words) (scene, bool) {
	rest, ok := doBody(at, all)
	if !ok {
		return scene{}, false
	}
	line, verb, lineKnown := bodyLine(pg, rest)
	if lineKnown {
		rest = line
	}
	here := func(offset int, inner, near words) (scene, bool) {
		return scene{pg: pg, at: rest.File.Span(rest.Start+offset, rest.End).Char(1), words: inner, near: near}, true
	}
	var query, near words
	if pg.InternalQuery != "" {
		offset := internalOffset(pg)
		tail := pg.InternalQuery[offset:]
		query, near = read(pg.InternalQuery), read(tail)
		if i := strings.Index(rest.Text(), pg.InternalQuery); i >= 0 {
			return here(i+offset, query, near)
		}
		// plpgsql rewrites some queries (PERFORM becomes SELECT): what follows the error is as written.
		if i := strings.Index(rest.Text(), tail); i >= 0 && len(tail) > 4 {
			return here(i, query, near)
		}
	}
	inner := read(rest.Text())
	if !lineKnown || len(inner) == 0 {
		return scene{}, false
	}
	first := inner[0].start
	endOfLine := first + through(rest.Text()[first:], "\n")
	for i := len(inner) - 1; i >= 0; i-- {
		if w := inner[i]; w.start < endOfLine && strings.ToUpper(w.key) == verb {
			first = w.start
		}
	}
	for _, w := range inner {
		if w.start >= endOfLine {
			break
		}
		text := rest.Text()[w.start:]
		text = strings.TrimSpace(strings.TrimSuffix(text[:through(text, ";")], ";"))
		if len(text) > 5 && strings.Contains(pg.Where, text) {
			return here(w.start, read(text), nil)
		}
	}
	if len(query) == 0 {
		query = inner
	}
	return here(first, query, near)
}

// internalOffset returns the byte offset in the internal query at which the error is.
func internalOffset(pg *pgconn.PgError) int {
	file := source.File{Text: pg.InternalQuery}
	return file.Whole().Char(int(max(pg.InternalPosition, 1))).Start
}

// doBody returns the span of what stands between the dollar quotes of a DO block.
func doBody(at source.Span, all words) (source.Span, bool) {
	for _, w := range all {
		if tag := dollarTag(w.text); tag != "" && len(w.text) >= 2*len(tag) {
			start := at.Start + w.start
			return at.File.Span(start+len(tag), start+len(w.text)-len(tag)), true
		}
	}
	return source.Span{}, false
}

// bodyLine returns what of the body follows the start of the line that the CONTEXT names, and the keyword of the
// statement there. Lines count from the opening quote; of several frames the last is the block itself.
func bodyLine(pg *pgconn.PgError, body source.Span) (line source.Span, verb string, ok bool) {
	frames := frame.FindAllStringSubmatch(pg.Where, -1)
	if len(frames) == 0 {
		return source.Span{}, "", false
	}
	last := frames[len(frames)-1]
	n, err := strconv.Atoi(last[1])
	if err != nil {
		return source.Span{}, "", false
	}
	line, ok = skipLines(body, n-1)
	return line, keyword.FindString(last[2]), ok
}

// inCopyData finds the line of data, below the statement, that COPY … FROM stdin could not take.
func inCopyData(pg *pgconn.PgError, at source.Span) (source.Span, bool) {
	m := copyLine.FindStringSubmatch(pg.Where)
	if m == nil || !read(at.Text()).has("stdin") {
		return source.Span{}, false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n < 1 {
		return source.Span{}, false
	}
	line, ok := skipLines(at.File.Span(at.End, len(at.File.Text)), n)
	if !ok {
		return source.Span{}, false
	}
	return line.Char(1), true
}

// skipLines returns s without its first n lines.
func skipLines(s source.Span, n int) (source.Span, bool) {
	start := s.Start
	for range n {
		i := strings.IndexByte(s.File.Text[start:s.End], '\n')
		if i < 0 {
			return source.Span{}, false
		}
		start += i + 1
	}
	return s.File.Span(start, s.End), true
}
