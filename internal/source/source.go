// Package source points at places in text: a file, a span of bytes in it, and the line and column a person sees.
package source

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// File is a named text. Name is what a person is shown: a path relative to the project, or "stdin", "argument".
type File struct {
	Name string
	Text string
}

// Span is a half-open range of bytes [Start, End) of a file. The zero Span points nowhere.
type Span struct {
	File       *File
	Start, End int
}

// Position is a place as editors count it: lines and columns from 1, columns in characters.
type Position struct {
	Line, Column int
}

// Span returns the range [start, end) of f, cut to the text's length.
func (f *File) Span(start, end int) Span {
	start = min(max(start, 0), len(f.Text))
	return Span{File: f, Start: start, End: min(max(end, start), len(f.Text))}
}

// Whole returns the span of all of f's text.
func (f *File) Whole() Span { return Span{File: f, Start: 0, End: len(f.Text)} }

// Line returns the n-th line of f, counted from 1, without its line ending; "" where there is none.
func (f *File) Line(n int) string {
	text := f.Text
	for ; n > 1; n-- {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return ""
		}
		text = text[i+1:]
	}
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(text, "\r")
}

// IsZero reports whether s points nowhere.
func (s Span) IsZero() bool { return s.File == nil }

// Text returns the text that s covers.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return s.File.Text[s.Start:s.End]
}

// Pos returns the position of s's first character.
func (s Span) Pos() Position {
	if s.File == nil {
		return Position{}
	}
	before := s.File.Text[:s.Start]
	line := strings.Count(before, "\n") + 1
	if i := strings.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	return Position{Line: line, Column: utf8.RuneCountInString(before) + 1}
}

// Char returns the span of the n-th character of s, counted from 1 as Postgres counts error positions.
// A count past the end gives the empty span at the end of s.
func (s Span) Char(n int) Span {
	if s.File == nil {
		return s
	}
	at := s.Start
	for ; n > 1 && at < s.End; n-- {
		_, size := utf8.DecodeRuneInString(s.File.Text[at:s.End])
		at += size
	}
	_, size := utf8.DecodeRuneInString(s.File.Text[at:s.End])
	return Span{File: s.File, Start: at, End: at + size}
}

// String returns "file:line:col", or "" where s points nowhere.
func (s Span) String() string {
	if s.File == nil {
		return ""
	}
	return shown(s.File.Name, s.Pos())
}

// Places gives the positions of places that follow one another, each for the cost of the text between: a file of a
// million statements has a million places. The zero value is ready; it is not safe for concurrent use.
type Places struct {
	file *File
	at   int
	pos  Position
}

// Pos returns what s.Pos does.
func (p *Places) Pos(s Span) Position {
	if s.File == nil {
		return Position{}
	}
	if p.file != s.File || s.Start < p.at {
		p.file, p.at, p.pos = s.File, 0, Position{Line: 1, Column: 1}
	}
	between := s.File.Text[p.at:s.Start]
	if i := strings.LastIndexByte(between, '\n'); i >= 0 {
		p.pos.Line += strings.Count(between, "\n")
		p.pos.Column, between = 1, between[i+1:]
	}
	p.pos.Column += utf8.RuneCountInString(between)
	p.at = s.Start
	return p.pos
}

// String returns what s.String does.
func (p *Places) String(s Span) string {
	if s.File == nil {
		return ""
	}
	return shown(s.File.Name, p.Pos(s))
}

func shown(name string, p Position) string { return fmt.Sprintf("%s:%d:%d", name, p.Line, p.Column) }
