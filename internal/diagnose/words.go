package diagnose

import (
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// word is a token of SQL that is neither white space nor a comment.
type word struct {
	text  string // as written
	key   string // in lower case; "" for quoted names and literals, which are no keywords
	start int    // byte offset in the text it was read from
}

// words are the tokens of a text.
type words []word

// read cuts a text into words. What stands behind a quote that is never closed is one last word.
func read(text string) words {
	var all words
	lexer := sqltext.NewLexer(text)
	end := 0
	for t, ok := lexer.Next(); ok; t, ok = lexer.Next() {
		end = t.End
		w := word{text: text[t.Start:t.End], start: t.Start}
		switch t.Kind {
		case sqltext.Space, sqltext.Comment:
			continue
		case sqltext.Identifier, sqltext.String:
		default:
			w.key = strings.ToLower(w.text)
		}
		all = append(all, w)
	}
	if end < len(text) {
		all = append(all, word{text: text[end:], start: end})
	}
	return all
}

// dollarTag returns the mark "$tag$" that text starts with, "" if it starts with none.
func dollarTag(text string) string {
	if !strings.HasPrefix(text, "$") {
		return ""
	}
	tag, _, found := strings.Cut(text[1:], "$")
	if !found || strings.ContainsAny(tag, " \t\n'\"(),;") {
		return ""
	}
	return text[:len(tag)+2]
}

// through returns how many bytes of text it takes to reach the end of the next end mark; all where there is none.
func through(text, end string) int {
	if i := strings.Index(text, end); i >= 0 {
		return i + len(end)
	}
	return len(text)
}

// starts reports whether the words begin with the given bare words.
func (w words) starts(phrase string) bool { return w.find(phrase) == 0 }

// has reports whether the given bare words stand somewhere in a row.
func (w words) has(phrase string) bool { return w.find(phrase) >= 0 }

// hasAny reports whether one of the bare words is there.
func (w words) hasAny(keys ...string) bool {
	for _, key := range keys {
		if w.has(key) {
			return true
		}
	}
	return false
}

// find returns the index at which the given bare words stand in a row, or -1.
func (w words) find(phrase string) int {
	keys := strings.Fields(phrase)
next:
	for i := 0; i+len(keys) <= len(w); i++ {
		for j, key := range keys {
			if w[i+j].key != key {
				continue next
			}
		}
		return i
	}
	return -1
}

// name returns the possibly qualified name that w starts with, as written, and what follows it.
func (w words) name() (string, words) {
	var b strings.Builder
	for i := 0; i < len(w); i += 2 {
		b.WriteString(w[i].text)
		if i+2 >= len(w) || w[i+1].key != "." {
			return b.String(), w[i+1:]
		}
		b.WriteByte('.')
	}
	return b.String(), nil
}

// after returns what follows the first place where the given bare words stand in a row; nil if they do not.
func (w words) after(phrase string) words {
	i := w.find(phrase)
	if i < 0 {
		return nil
	}
	return w[i+len(strings.Fields(phrase)):]
}
