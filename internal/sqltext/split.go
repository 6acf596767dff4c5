package sqltext

import (
	"iter"
	"strings"
)

// Range is the bytes [Start, End) of a text.
type Range struct{ Start, End int }

// Piece is what stands between two ends of statements. The pieces [Start, End) of a text cover it without a gap.
type Piece struct {
	Start, End int    // all of it, with the ";" and the COPY data that end it
	From, To   int    // the statement with the comments in it and before it, without ";" and outer white space; From == To if none
	First      int    // where the statement's first token stands, behind the comments before it
	Copy       *Range // the lines of data behind COPY … FROM stdin, without the closing `\.`; nil for every other statement
}

// IsEmpty reports whether p holds no statement: white space, comments, a lone ";".
func (p Piece) IsEmpty() bool { return p.From == p.To }

// Split returns the pieces of text. It splits where psql would: at each ";" outside of quotes, comments, parentheses
// and the BEGIN ATOMIC … END body of a function. The error is an *Error, beside the pieces before it.
func Split(text string) ([]Piece, error) {
	var all []Piece
	for p, err := range Pieces(text) {
		if err != nil {
			return all, err
		}
		all = append(all, p)
	}
	return all, nil
}

// Pieces is Split as an iterator, for texts whose pieces need not be in memory together. An error ends it.
func Pieces(text string) iter.Seq2[Piece, error] {
	return func(yield func(Piece, error) bool) {
		if i := strings.IndexByte(text, 0); i >= 0 {
			yield(Piece{}, &Error{Problem: NulByte, Offset: i})
			return
		}
		l := NewLexer(text)
		for l.pos < len(text) {
			p, err := l.piece()
			if err != nil {
				yield(Piece{}, err)
				return
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// piece reads up to the end of the next statement.
func (l *Lexer) piece() (Piece, *Error) {
	p := Piece{Start: l.pos, From: -1, First: -1}
	var s statement
	end := l.pos // of the last token that is no white space
	for {
		t, ok := l.Next()
		if !ok {
			break
		}
		switch {
		case t.Kind == Space:
			continue
		case t.Kind == Other && l.text[t.Start] == '\\':
			return p, &Error{Problem: MetaCommand, Offset: t.Start, Text: metaCommand(l.text[t.Start:])}
		case t.Kind == Punct && l.text[t.Start] == ';' && s.open():
			return l.finish(p, end, s.copyIn())
		}
		if p.From < 0 {
			p.From = t.Start
		}
		if t.Kind != Comment {
			if p.First < 0 {
				p.First = t.Start
			}
			s.take(t, l.text[t.Start:t.End])
		}
		end = t.End
	}
	if l.err != nil {
		return p, l.err
	}
	return l.finish(p, end, s.copyIn())
}

// finish closes p, whose statement ends at end, and reads the COPY data behind it.
func (l *Lexer) finish(p Piece, end int, copyIn bool) (Piece, *Error) {
	p.To = end
	if p.First < 0 {
		p.From, p.To, p.First = p.Start, p.Start, p.Start
	}
	if copyIn {
		data, next, err := copyData(l.text, l.pos)
		if err != nil {
			if err.Problem == UnterminatedCopy {
				err.Offset = p.First
			}
			return p, err
		}
		p.Copy = &data
		l.pos = next
	}
	p.End = l.pos
	return p, nil
}

// copyData finds the data of a COPY whose ";" ends before i: from the next line to the line `\.`, which is not part of
// it. The second result is where that line ends.
func copyData(text string, i int) (Range, int, *Error) {
	l := Lexer{text: text, pos: i}
	start := -1
	for start < 0 {
		t, ok := l.Next()
		if !ok {
			return Range{}, 0, &Error{Problem: UnterminatedCopy}
		}
		newline := strings.IndexByte(text[t.Start:t.End], '\n')
		switch {
		case t.Kind == Space && newline >= 0:
			start = t.Start + newline + 1
		case t.Kind != Space && t.Kind != Comment || newline >= 0:
			return Range{}, 0, &Error{Problem: TextAfterCopy, Offset: t.Start}
		}
	}
	for at := start; ; {
		n := strings.Index(text[at:], `\.`)
		if n < 0 {
			return Range{}, 0, &Error{Problem: UnterminatedCopy}
		}
		at += n
		rest := strings.TrimPrefix(text[at+2:], "\r")
		if text[at-1] == '\n' && (rest == "" || rest[0] == '\n') {
			return Range{Start: start, End: at}, min(len(text)-len(rest)+1, len(text)), nil
		}
		at += 2
	}
}

// metaCommand returns the backslash and the name behind it, for a message.
func metaCommand(text string) string {
	text = text[:min(len(text), 32)]
	if n := strings.IndexAny(text[1:], " \t\r\n;\\"); n >= 0 {
		return text[:1+max(n, 1)]
	}
	return text
}
