package sqltext

import (
	"strings"
	"unicode/utf8"
)

// Cursor reads a statement token by token, past white space and comments, for those who must recognise a few forms of
// SQL. It reads no further than it is asked to. A copy of a Cursor is a place to come back to.
type Cursor struct {
	lex   Lexer
	token Token
	ok    bool
}

// NewCursor returns a Cursor at the first token of the statement.
func NewCursor(statement string) Cursor {
	c := Cursor{lex: NewLexer(statement)}
	c.Next()
	return c
}

// Token returns the token that c stands at, or false at the end.
func (c *Cursor) Token() (Token, bool) { return c.token, c.ok }

// Done reports whether c stands at the end of the statement.
func (c *Cursor) Done() bool { return !c.ok }

// Text returns the text of the token that c stands at, "" at the end.
func (c *Cursor) Text() string {
	if !c.ok {
		return ""
	}
	return c.lex.text[c.token.Start:c.token.End]
}

// Next goes on to the next token.
func (c *Cursor) Next() {
	for {
		c.token, c.ok = c.lex.Next()
		if !c.ok || c.token.Kind != Space && c.token.Kind != Comment {
			return
		}
	}
}

// Skip goes on to the next token; from an opening parenthesis, behind its closing one.
func (c *Cursor) Skip() {
	depth := 0
	for c.ok {
		switch c.Text() {
		case "(":
			depth++
		case ")":
			depth--
		}
		c.Next()
		if depth <= 0 {
			return
		}
	}
}

// At reports whether c stands at the token: an unquoted word in any case, or a sign.
func (c *Cursor) At(token string) bool {
	return c.ok && (c.token.Kind == Word || c.token.Kind == Punct || c.token.Kind == Operator) && strings.EqualFold(c.Text(), token)
}

// Take goes past the tokens if they all stand here, and otherwise stays.
func (c *Cursor) Take(tokens ...string) bool {
	back := *c
	for _, t := range tokens {
		if !c.At(t) {
			*c = back
			return false
		}
		c.Next()
	}
	return true
}

// TakeAny goes past the first of the tokens that stands here; it reports whether one did.
func (c *Cursor) TakeAny(tokens ...string) bool {
	for _, t := range tokens {
		if c.Take(t) {
			return true
		}
	}
	return false
}

// Name goes past a name and returns its parts as Postgres stores them: unquoted ones folded, all cut to 63 bytes.
// It returns nil, and stays, where no name stands.
func (c *Cursor) Name() []string {
	var parts []string
	back := *c
	for {
		part, ok := c.part()
		if !ok {
			*c = back
			return parts
		}
		parts = append(parts, part)
		back = *c
		if !c.Take(".") {
			return parts
		}
	}
}

// maxName is the length of the longest name in bytes.
const maxName = 63

func (c *Cursor) part() (string, bool) {
	text := c.Text()
	switch {
	case !c.ok:
		return "", false
	case c.token.Kind == Word:
		text = lower(text)
		c.Next()
	case c.token.Kind == Identifier && text[0] == '"':
		text = unquote(text)
		c.Next()
	case c.token.Kind == Identifier:
		text = unquote(text[2:])
		c.Next()
		escape := `\`
		if c.Take("UESCAPE") {
			escape = strings.Trim(c.Text(), "'")
			c.Next()
		}
		text = unescape(text, escape)
	default:
		return "", false
	}
	if len(text) > maxName {
		text = text[:maxName]
		for !utf8.ValidString(text) && len(text) > maxName-utf8.UTFMax {
			text = text[:len(text)-1]
		}
	}
	return text, true
}

func unquote(identifier string) string {
	return strings.ReplaceAll(identifier[1:len(identifier)-1], `""`, `"`)
}

// Words returns the unquoted words that a statement begins with, in upper case and at most n: "CREATE", "INDEX",
// "CONCURRENTLY". It goes past comments and ends at the first token that is something else.
func Words(statement string, n int) []string {
	var words []string
	for c := NewCursor(statement); len(words) < n && c.ok && c.token.Kind == Word; c.Next() {
		words = append(words, strings.ToUpper(c.Text()))
	}
	return words
}
