// Package sqltext reads and writes SQL text without understanding it: tokens, statements, quoting. Its rules are
// those of the scanners of Postgres 15 to 18 and psql, with standard_conforming_strings on.
package sqltext

import (
	"iter"
	"strings"
)

// Kind is what a token is.
type Kind uint8

// The kinds of token.
const (
	Space      Kind = iota + 1 // a run of white space
	Comment                    // -- to the end of its line, or /* … */ with what is nested in it
	Word                       // a keyword or an unquoted identifier
	Identifier                 // "…" or U&"…"
	String                     // '…', E'…', U&'…', B'…', X'…', N'…' with its continuations, or $tag$…$tag$
	Number                     // 1, 1.5e3, 0x1F, 1_000
	Param                      // $1
	Operator                   // one operator: +, <=, ->>, @>
	Punct                      // , ; ( ) [ ] . .. : :: :=
	Other                      // a byte that starts no token of Postgres: \ { } and the like
)

// Token is one token: the bytes [Start, End) of the text.
type Token struct {
	Kind       Kind
	Start, End int
}

// Lexer walks over the tokens of a text; white space and comments are tokens too, so that the tokens joined give the
// text again. A copy of a Lexer is a place to come back to.
type Lexer struct {
	text   string
	pos    int
	single int // up to here stand signs that are operators of one character each
	err    *Error
}

// NewLexer returns a Lexer at the start of text.
func NewLexer(text string) Lexer { return Lexer{text: text} }

// Err returns what ended the walk before the end of the text: a quote or comment that is not closed; nil if nothing did.
func (l *Lexer) Err() *Error { return l.err }

// Tokens returns the tokens of text in order. It ends early where a quote or a comment is not closed.
func Tokens(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		l := NewLexer(text)
		for t, ok := l.Next(); ok && yield(t); t, ok = l.Next() {
		}
	}
}

// Next returns the next token, or false at the end of the text and at an error.
func (l *Lexer) Next() (Token, bool) {
	if l.pos >= len(l.text) || l.err != nil {
		return Token{}, false
	}
	start := l.pos
	kind, end := l.scan(start)
	if end < 0 {
		return Token{}, false
	}
	l.pos = end
	return Token{Kind: kind, Start: start, End: end}, true
}

// scan returns the kind and the end of the token that starts at i; the end is -1 when it has none.
func (l *Lexer) scan(i int) (Kind, int) {
	text := l.text
	c := text[i]
	switch classes[c] {
	case classSpace:
		return Space, skip(text, i+1, isSpace)
	case classLetter:
		return l.word(i)
	case classDigit:
		return Number, numberEnd(text, i)
	case classOperator:
		if end := l.comment(i); end != i {
			return Comment, end
		}
		return Operator, l.operator(i)
	}
	switch c {
	case '\'':
		return String, l.quoted(i, i, false)
	case '"':
		return Identifier, l.identifier(i, i)
	case '$':
		return l.dollar(i)
	case '.':
		switch next := at(text, i+1); {
		case classes[next] == classDigit:
			return Number, numberEnd(text, i)
		case next == '.':
			return Punct, i + 2
		}
		return Punct, i + 1
	case ':':
		if next := at(text, i+1); next == ':' || next == '=' {
			return Punct, i + 2
		}
		return Punct, i + 1
	case ',', ';', '(', ')', '[', ']':
		return Punct, i + 1
	}
	return Other, i + 1
}

// word reads what starts with a letter: a word, or a string or identifier with a prefix.
func (l *Lexer) word(i int) (Kind, int) {
	next := at(l.text, i+1)
	if next == '\'' {
		switch l.text[i] | 0x20 {
		case 'e':
			return String, l.quoted(i, i+1, true)
		case 'b', 'x', 'n':
			return String, l.quoted(i, i+1, false)
		}
	}
	if next == '&' && l.text[i]|0x20 == 'u' {
		switch at(l.text, i+2) {
		case '\'':
			return String, l.quoted(i, i+2, false)
		case '"':
			return Identifier, l.identifier(i, i+2)
		}
	}
	return Word, skip(l.text, i+1, isWord)
}

// quoted reads the string whose opening quote stands at open, and every further quoted part that continues it.
func (l *Lexer) quoted(start, open int, escapes bool) int {
	for {
		end := closing(l.text, open+1, escapes)
		if end < 0 {
			return l.fail(UnterminatedString, start, l.text[start:open+1])
		}
		next := continuation(l.text, end)
		if next < 0 {
			return end
		}
		open = next
	}
}

// closing returns the position behind the quote that ends a string whose content starts at i, or -1.
func closing(text string, i int, escapes bool) int {
	for i < len(text) {
		var n int
		if escapes {
			n = strings.IndexAny(text[i:], `'\`)
		} else {
			n = strings.IndexByte(text[i:], '\'')
		}
		if n < 0 {
			return -1
		}
		i += n
		if text[i] == '\'' && at(text, i+1) != '\'' {
			return i + 1
		}
		i += 2 // a doubled quote, or a backslash and what it escapes
	}
	return -1
}

// continuation returns the position of the quote that continues a string which ended before i: SQL joins strings that
// only white space and -- comments with at least one newline stand between. It returns -1 if there is none.
func continuation(text string, i int) int {
	newline := false
	for i < len(text) {
		switch c := text[i]; {
		case c == '\n' || c == '\r':
			newline = true
			i++
		case isSpace(c):
			i++
		case c == '-' && at(text, i+1) == '-':
			i = lineEnd(text, i)
		case c == '\'' && newline:
			return i
		default:
			return -1
		}
	}
	return -1
}

func (l *Lexer) identifier(start, open int) int {
	for i := open + 1; ; i += 2 {
		n := strings.IndexByte(l.text[min(i, len(l.text)):], '"')
		if n < 0 {
			return l.fail(UnterminatedIdentifier, start, l.text[start:open+1])
		}
		i += n
		if at(l.text, i+1) != '"' {
			return i + 1
		}
	}
}

// dollar reads what starts with a dollar sign: a parameter, a dollar quoted string, or the sign alone.
func (l *Lexer) dollar(i int) (Kind, int) {
	text := l.text
	if classes[at(text, i+1)] == classDigit {
		return Param, skip(text, i+1, func(c byte) bool { return classes[c] == classDigit })
	}
	end := i + 1
	if classes[at(text, end)] == classLetter {
		end = skip(text, end, func(c byte) bool { return c != '$' && isWord(c) })
	}
	if at(text, end) != '$' {
		return Other, i + 1
	}
	tag := text[i : end+1]
	n := strings.Index(text[end+1:], tag)
	if n < 0 {
		return String, l.fail(UnterminatedDollar, i, tag)
	}
	return String, end + 1 + n + len(tag)
}

// comment returns the end of the comment that starts at i, i itself where none does, and -1 where it has no end.
func (l *Lexer) comment(i int) int {
	text := l.text
	switch text[i : i+min(2, len(text)-i)] {
	case "--":
		return lineEnd(text, i)
	case "/*":
		depth := 1
		for j := i + 2; j+1 < len(text); {
			switch {
			case text[j] == '*' && text[j+1] == '/':
				depth--
				j += 2
				if depth == 0 {
					return j
				}
			case text[j] == '/' && text[j+1] == '*':
				depth++
				j += 2
			default:
				j++
			}
		}
		return l.fail(UnterminatedComment, i, "/*")
	}
	return i
}

// operator returns the end of the operator at i. An operator stops before a comment, and ends in + or - only if it
// holds a sign that the operators of standard SQL do not have: "=-" is two operators, "?-" is one.
func (l *Lexer) operator(i int) int {
	if i < l.single {
		return i + 1
	}
	text := l.text
	end, special := i, false
	for end < len(text) && classes[text[end]] == classOperator {
		if end > i {
			if two := text[end:min(end+2, len(text))]; two == "--" || two == "/*" {
				break
			}
		}
		special = special || strings.IndexByte("~!@#^&|`?%", text[end]) >= 0
		end++
	}
	if special {
		return end
	}
	whole := end
	for end > i+1 && (text[end-1] == '+' || text[end-1] == '-') {
		end--
	}
	if end < whole {
		l.single = whole
	}
	return end
}

func (l *Lexer) fail(p Problem, offset int, text string) int {
	l.err = &Error{Problem: p, Offset: offset, Text: text}
	return -1
}

// numberEnd returns the end of the number at i. It takes the letters behind the digits along, which Postgres refuses.
func numberEnd(text string, i int) int {
	dot := false
	hex := text[i] == '0' && at(text, i+1)|0x20 == 'x'
	for i < len(text) {
		switch c := text[i]; {
		case c == '.' && !dot && at(text, i+1) != '.':
			dot = true
		case (c == '+' || c == '-') && !hex && text[i-1]|0x20 == 'e' && classes[at(text, i+1)] == classDigit:
		case isWord(c) && c != '$':
		default:
			return i
		}
		i++
	}
	return i
}

// lineEnd returns the position of the newline that ends the line of i, or the end of the text.
func lineEnd(text string, i int) int {
	if n := strings.IndexAny(text[i:], "\r\n"); n >= 0 {
		return i + n
	}
	return len(text)
}

// at returns the byte at i, or 0 past the end.
func at(text string, i int) byte {
	if i < len(text) {
		return text[i]
	}
	return 0
}

func skip(text string, i int, while func(byte) bool) int {
	for i < len(text) && while(text[i]) {
		i++
	}
	return i
}

// class sorts bytes by the token that they can start.
type class uint8

const (
	classNone class = iota
	classSpace
	classLetter // also "_" and every byte of a character that is not ASCII
	classDigit
	classOperator
)

var classes = func() (table [256]class) {
	for c := range table {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c >= 0x80:
			table[c] = classLetter
		case c >= '0' && c <= '9':
			table[c] = classDigit
		}
	}
	for _, c := range []byte(" \t\n\r\f\v") {
		table[c] = classSpace
	}
	for _, c := range []byte("~!@#^&|`?+-*/%<>=") {
		table[c] = classOperator
	}
	return table
}()

func isSpace(c byte) bool { return classes[c] == classSpace }

// isWord reports whether c can stand in a word behind its first letter.
func isWord(c byte) bool {
	return classes[c] == classLetter || classes[c] == classDigit || c == '$'
}
