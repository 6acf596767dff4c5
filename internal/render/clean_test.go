package render

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, line, text string }{
		{"plain é 漢 🎉", "plain é 漢 🎉", "plain é 漢 🎉"},
		{"\x1b[2J\x1b]0;x\x07", `\x1b[2J\x1b]0;x\x07`, `\x1b[2J\x1b]0;x\x07`},
		{"a\nb\tc\r\nd\re", `a\nb\tc\r\nd\re`, "a\nb\tc\nd\\re"},
		{"\u009b31m", `\u009b31m`, `\u009b31m`},
		{"\u202eabc\u2066\u200b\u2028", `\u202eabc\u2066\u200b\u2028`, `\u202eabc\u2066\u200b\u2028`},
		{"\U000e0041", `\U000e0041`, `\U000e0041`},
		{"caf\xe9", `caf\xe9`, `caf\xe9`},
		{"\x00", `\x00`, `\x00`},
		{"", "", ""},
	} {
		if got := Clean(c.in); got != c.line {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.line)
		}
		if got := CleanText(c.in); got != c.text {
			t.Errorf("CleanText(%q) = %q, want %q", c.in, got, c.text)
		}
	}
}

func TestNothingHostileComesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		for _, got := range []string{Clean(s), CleanText(s)} {
			if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return hostile(r) && r != '\n' && r != '\t' }) {
				t.Fatalf("%q came out as %q", s, got)
			}
			if CleanText(got) != got {
				t.Fatalf("%q is not left alone", got)
			}
		}
		valid := strings.ToValidUTF8(s, "")
		text, err := encode(valid)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(string(text), hostile) {
			t.Fatalf("JSON with control characters: %q", text)
		}
		var back string
		if err := json.Unmarshal(text, &back); err != nil || back != valid {
			t.Fatalf("%q came back as %q (%v)", valid, back, err)
		}
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"漢字漢", 5, "漢字…"}, {"漢字漢", 4, "漢…"}, {"e\u0301e\u0301e", 2, "e\u0301…"},
	} {
		if got := cut(c.in, c.n); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}
