package sqltext

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// unescape resolves the Unicode escapes of a U& string or identifier: \0061, \+01F600, and the escape sign doubled.
// What is no escape stays, for the server to refuse.
func unescape(text, escape string) string {
	if escape == "" || !strings.Contains(text, escape) {
		return text
	}
	var b strings.Builder
	for text != "" {
		before, after, found := strings.Cut(text, escape)
		b.WriteString(before)
		if !found {
			break
		}
		if rest, doubled := strings.CutPrefix(after, escape); doubled {
			b.WriteString(escape)
			text = rest
			continue
		}
		r, size := codePoint(after)
		if rest, ok := strings.CutPrefix(after[size:], escape); ok && utf16.IsSurrogate(r) {
			if low, more := codePoint(rest); more > 0 {
				r = utf16.DecodeRune(r, low)
				size += len(escape) + more
			}
		}
		if size == 0 {
			b.WriteString(escape)
		} else {
			b.WriteRune(r)
		}
		text = after[size:]
	}
	return b.String()
}

// codePoint reads XXXX or +XXXXXX; a size of 0 says that neither stands there.
func codePoint(text string) (r rune, size int) {
	from, size := 0, 4
	if strings.HasPrefix(text, "+") {
		from, size = 1, 7
	}
	if len(text) < size {
		return 0, 0
	}
	n, err := strconv.ParseUint(text[from:size], 16, 32)
	if err != nil {
		return 0, 0
	}
	return rune(n), size
}
