package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Clean returns s as it may be shown on one line of a terminal: what a terminal would act on, and what makes a text
// look like another one, is spelled out: `\x1b`, `\n`, `\u202e`, and `\xff` for a byte that is no UTF-8.
func Clean(s string) string { return clean(s, "") }

// CleanText is Clean for text of several lines: line breaks and tabs stay, and CR LF becomes LF.
func CleanText(s string) string { return clean(strings.ReplaceAll(s, "\r\n", "\n"), "\n\t") }

func clean(s, keep string) string {
	var b *strings.Builder // made when the first character has to change
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		shown, changed := visible(r, s[i:i+size])
		changed = changed && !strings.ContainsRune(keep, r)
		if changed && b == nil {
			b = new(strings.Builder)
			b.WriteString(s[:i])
		}
		if b == nil {
			continue
		}
		if !changed {
			shown = s[i : i+size]
		}
		b.WriteString(shown)
	}
	if b == nil {
		return s
	}
	return b.String()
}

// visible returns how the character r, which the bytes of text encode, is shown, and whether that is not itself.
func visible(r rune, text string) (string, bool) {
	switch {
	case r >= ' ' && r < 0x7f:
		return text, false
	case r == utf8.RuneError && len(text) == 1:
		return fmt.Sprintf(`\x%02x`, text[0]), true
	case r == '\n':
		return `\n`, true
	case r == '\r':
		return `\r`, true
	case r == '\t':
		return `\t`, true
	case !hostile(r):
		return text, false
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r), true
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r), true
	default:
		return fmt.Sprintf(`\U%08x`, r), true
	}
}

// hostile reports whether r is a control (C0, C1), a format character (bidirectional controls, zero-width characters,
// tags) or a separator of lines.
func hostile(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }

// Width returns how many columns of a terminal s takes, where s is clean.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// runeWidth is 0 for what stands on the character before it, 2 for East Asian wide characters and emoji, otherwise 1.
func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me), r >= 0x1160 && r <= 0x11ff: // the vowels and finals of Hangul syllables
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// cut returns s, which is clean, shortened to at most columns, with "…" where something is left out.
func cut(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	n := 0
	for i, r := range s {
		if n += runeWidth(r); n > columns-1 {
			return s[:i] + "…"
		}
	}
	return s
}
