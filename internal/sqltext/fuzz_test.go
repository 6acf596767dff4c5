package sqltext_test

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/sqltext"
)

// FuzzSplit holds what is true of every text: its pieces joined give the text, each statement split again is that one
// statement, and the normal form neither depends on the width of white space nor changes when it is normalized again.
func FuzzSplit(f *testing.F) {
	for _, archive := range corpusOf(f) {
		f.Add(string(archive.Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		pieces, err := sqltext.Split(text)
		normal := sqltext.Normalize(text)
		if err != nil {
			return
		}
		checkCover(t, text, pieces)
		var wide strings.Builder
		for _, p := range pieces {
			if p.IsEmpty() {
				continue
			}
			statement := text[p.From:p.To]
			if p.Copy != nil {
				statement += "\n;\n\\."
			}
			again, err := sqltext.Split(statement)
			if err != nil || len(again) != 1 || again[0].From != 0 || again[0].To != p.To-p.From || again[0].First != p.First-p.From {
				t.Fatalf("%q split again gives %+v, %v", statement, again, err)
			}
			if open, err := sqltext.Split(statement + "\n;"); p.Copy == nil && (err != nil || open[0].To != p.To-p.From) {
				return // a parenthesis or body that is not closed would swallow what is written behind it
			}
			for token := range sqltext.Tokens(text[p.From:p.To]) {
				s := text[p.From+token.Start : p.From+token.End]
				wide.WriteString(s)
				if token.Kind == sqltext.Space {
					wide.WriteString(s)
				}
			}
			wide.WriteString(" \n;;\n")
			if p.Copy != nil {
				wide.WriteString(text[p.Copy.Start:p.Copy.End] + "\\.\n")
			}
		}
		if strings.Contains(text, "\r\r\n") {
			return // folds to CRLF, which folds again
		}
		if again := sqltext.Normalize(normal); again != normal {
			t.Errorf("normal form %q normalizes to %q", normal, again)
		}
		if got := sqltext.Normalize(wide.String()); got != normal && !strings.Contains(normal, "\\.\n") {
			t.Errorf("%q and %q have the forms %q and %q", text, wide.String(), normal, got)
		}
	})
}

// FuzzTokens holds that the tokens of a text joined give the text, or its beginning up to an error.
func FuzzTokens(f *testing.F) {
	for _, archive := range corpusOf(f) {
		f.Add(string(archive.Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := sqltext.NewLexer(text)
		at := 0
		for token, ok := l.Next(); ok; token, ok = l.Next() {
			if token.Start != at || token.End <= at || token.Kind == 0 {
				t.Fatalf("token %+v after byte %d", token, at)
			}
			at = token.End
		}
		if err := l.Err(); err == nil && at != len(text) || err != nil && err.Offset != at {
			t.Fatalf("tokens end at %d of %d, error %v", at, len(text), err)
		}
	})
}

// FuzzQuote holds that what Ident and Literal write is one token that a Cursor reads back.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", `a"b`, `a'b\c`, "select", "Größe", "$$", "a b;--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := sqltext.Literal(s)
		if l := sqltext.NewLexer(text); true {
			if token, ok := l.Next(); !ok || token.Kind != sqltext.String || token.End != len(text) {
				t.Errorf("literal %q is %+v", text, token)
			}
		}
		c := sqltext.NewCursor(sqltext.Ident(s))
		if name := c.Name(); !c.Done() || len(name) != 1 || len(s) <= 60 && name[0] != s {
			t.Errorf("name %q reads back as %q", s, name)
		}
	})
}
