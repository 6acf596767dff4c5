package render

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
	"pgregory.net/rapid"

	"github.com/cairndb/cairn/internal/source"
)

// grid lays text out as a terminal does: for each column, the character whose left half is there ("" for a right half).
func grid(text string) []string {
	var columns []string
	for _, r := range text {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me):
			for i := len(columns) - 1; i >= 0; i-- {
				if columns[i] != "" {
					columns[i] += string(r)
					break
				}
			}
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			columns = append(columns, string(r), "")
		default:
			columns = append(columns, string(r))
		}
	}
	return columns
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("abcdefghi ", 100)
	for _, c := range []struct {
		name, text  string
		at, end     int // bytes; end 0 is one character
		room        int
		line, marks string
	}{
		{name: "ASCII", text: "a\nselect x from y\nb", at: 9, room: 80, line: "select x from y", marks: "       ^"},
		{name: "é", text: "select 'é', x", at: strings.Index("select 'é', x", "x"), room: 80, line: "select 'é', x", marks: "            ^"},
		{name: "é of two characters", text: "select 'e\u0301', x", at: strings.Index("select 'e\u0301', x", "x"), room: 80, line: "select 'e\u0301', x", marks: "            ^"},
		{name: "漢", text: "select '漢字', x", at: strings.Index("select '漢字', x", "x"), room: 80, line: "select '漢字', x", marks: "               ^"},
		{name: "at 漢", text: "select 漢字", at: 7, room: 80, line: "select 漢字", marks: "       ^"},
		{name: "emoji", text: "-- 🎉🚀\t x", at: len("-- 🎉🚀\t "), room: 80, line: "-- 🎉🚀     x", marks: "            ^"},
		{name: "tabs", text: "\t\tx\ty", at: 2, room: 80, line: "        x    y", marks: "        ^"},
		{name: "span", text: "drop tabel x", at: 5, end: 10, room: 80, line: "drop tabel x", marks: "     ^~~~~"},
		{name: "span over lines", text: "drop\ntable", at: 0, end: 10, room: 80, line: "drop", marks: "^"},
		{name: "span of wide characters", text: "a 漢字 b", at: 2, end: 8, room: 80, line: "a 漢字 b", marks: "  ^~~~"},
		{name: "end of input", text: "select (", at: 8, end: 8, room: 80, line: "select (", marks: "        ^"},
		{name: "end of line with CR LF", text: "select (\r\n;", at: 8, room: 80, line: "select (", marks: "        ^"},
		{name: "escapes are spelled out", text: "x\x1b[31m y", at: 7, room: 80, line: `x\x1b[31m y`, marks: "          ^"},
		{name: "bidi is spelled out", text: "\u202ex y", at: 5, room: 80, line: `\u202ex y`, marks: "        ^"},
		{name: "no UTF-8", text: "\xff\xfe x", at: 3, room: 80, line: `\xff\xfe x`, marks: "         ^"},
		{name: "cut on the right", text: long, at: 0, room: 20, line: "abcdefghi abcdefgh…", marks: "^"},
		{name: "cut on the left", text: long, at: len(long) - 2, room: 20, line: "…cdefghi abcdefghi ", marks: "                 ^"},
		{name: "cut on both sides", text: long, at: 500, room: 20, line: "…ij abcdefghi abcd…", marks: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &source.File{Name: "x.sql", Text: c.text}
			end := c.end
			if end == 0 {
				_, size := utf8.DecodeRuneInString(c.text[c.at:])
				end = c.at + size
			}
			line, marks := excerpt(f.Span(c.at, end), c.room)
			if c.marks == "" { // only that it fits and points right
				column := strings.IndexByte(marks, '^')
				if !strings.HasPrefix(line, "…") || !strings.HasSuffix(line, "…") || Width(line) > c.room || grid(line)[column] != c.text[c.at:end] {
					t.Errorf("got\n%s\n%s", line, marks)
				}
				return
			}
			if line != c.line || marks != c.marks {
				t.Errorf("got\n%s\n%s\nwant\n%s\n%s", line, marks, c.line, c.marks)
			}
		})
	}
}

// TestCaretPointsAtTheCharacter draws random lines in random widths and looks, as a terminal lays them out, which
// character the caret stands under.
func TestCaretPointsAtTheCharacter(t *testing.T) {
	alphabet := []string{"a", "(", " ", "é", "ß", "漢", "字", "あ", "한", "🎉", "🚀", "\t", "e\u0301", "n\u0303\u0323", "ﬃ", "Ａ", "\u202e", "\x1b", "\u200b"}
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 120).Draw(t, "before")
		target := rapid.SampledFrom([]string{"X", "漢", "é", "🎉"}).Draw(t, "target")
		after := rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 120).Draw(t, "after")
		room := rapid.IntRange(20, 130).Draw(t, "room")
		head := "first line\n" + strings.Join(before, "")
		f := &source.File{Name: "x.sql", Text: head + target + strings.Join(after, "") + "\nlast line"}
		line, marks := excerpt(f.Span(len(head), len(head)+len(target)), room)
		columns := grid(line)
		if len(columns) > room {
			t.Fatalf("%d columns in a room of %d: %q", len(columns), room, line)
		}
		if Clean(line) != line {
			t.Fatalf("not clean: %q", line)
		}
		if got := columns[strings.IndexByte(marks, '^')]; got != target && !strings.HasPrefix(got, target) {
			t.Fatalf("caret under %q, want %q:\n%s\n%s", got, target, line, marks)
		}
	})
}

func TestExcerptOfAHugeLine(t *testing.T) {
	f := &source.File{Name: "x.sql", Text: strings.Repeat("漢", 4<<20)}
	if line, marks := excerpt(f.Span(6<<20, 6<<20+3), 100); Width(line) > 100 || !strings.Contains(marks, "^") {
		t.Errorf("drew %d columns", Width(line))
	}
}
