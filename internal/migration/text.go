package migration

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
)

const byteOrderMark = "\ufeff"

// refusal returns a finding that keeps a file from being run.
func refusal(code finding.Code, at source.Span, message, hint string) *finding.Finding {
	return &finding.Finding{Code: code, Severity: finding.Error, Exit: finding.Usage, At: at, Message: message, Hint: hint}
}

// encoding tells of bytes that no Postgres database can take: the file must be UTF-8 without NUL. skipped is the
// length of what was stripped before text, as offsets are told in bytes of the file.
func encoding(file *source.File, skipped int) *finding.Finding {
	text := file.Text
	utf16 := strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
	nul := strings.IndexByte(text, 0)
	if nul >= 0 && !utf16 {
		head := []byte(text[:min(len(text), 512)])
		utf16 = bytes.Count(head, []byte{0})*3 > len(head)
	}
	const save = "save the file as UTF-8"
	switch {
	case utf16:
		return refusal(finding.NotUTF8, file.Span(0, 0), "the file is UTF-16, Postgres needs UTF-8",
			save+": iconv -f UTF-16 -t UTF-8")
	case !utf8.ValidString(text):
		at := 0
		for {
			r, size := utf8.DecodeRuneInString(text[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		return refusal(finding.NotUTF8, file.Span(at, at+1),
			fmt.Sprintf("the file is not UTF-8: byte 0x%02X at offset %d", text[at], at+skipped),
			save+"; if it is Latin-1: iconv -f LATIN1 -t UTF-8")
	case nul >= 0:
		return refusal(finding.NotUTF8, file.Span(nul, nul+1), fmt.Sprintf("a NUL byte at offset %d", nul+skipped),
			"Postgres cannot hold it in any text; remove it")
	}
	return nil
}

// conflict tells of the first line that git left where it could not merge.
func conflict(file *source.File) *finding.Finding {
	for _, marker := range []string{"<<<<<<<", ">>>>>>>", "|||||||"} {
		for at := 0; ; at += len(marker) {
			n := strings.Index(file.Text[at:], marker)
			if n < 0 {
				break
			}
			at += n
			before, after := file.Text[:at], file.Text[at+len(marker):]
			if (before == "" || strings.HasSuffix(before, "\n")) && (after == "" || strings.ContainsRune(" \r\n", rune(after[0]))) {
				return refusal(finding.MergeConflict, file.Span(at, at+len(marker)),
					"a merge conflict was left in this file", "choose between the two sides and remove the markers")
			}
		}
	}
	return nil
}

// invisible tells of the first character that shows nothing and may make the text look like another one: marks that
// turn the direction of writing, and characters without width.
func invisible(file *source.File) *finding.Finding {
	before := rune(0)
	for at, r := range file.Text {
		if r >= 0x80 {
			if name := invisibleName(r); name != "" && !joins(before, r, file.Text[at+utf8.RuneLen(r):]) {
				return refusal(finding.InvisibleText, file.Span(at, at+utf8.RuneLen(r)),
					fmt.Sprintf("an invisible character: U+%04X %s", r, name),
					"text with it can look different from what Postgres reads; remove it, or write it as an escape: U&'\\"+fmt.Sprintf("%04X", r)+"'")
			}
		}
		before = r
	}
	return nil
}

// joins reports whether r is a joiner between two characters that are not ASCII: emoji and the scripts of Asia need
// those, and no keyword or operator is written with them.
func joins(before, r rune, rest string) bool {
	if r != 0x200C && r != 0x200D {
		return false
	}
	after, _ := utf8.DecodeRuneInString(rest)
	return before >= 0x80 && invisibleName(before) == "" && rest != "" && after >= 0x80 && invisibleName(after) == ""
}

// invisibleName returns the Unicode name of a character that the eye cannot see, or "".
func invisibleName(r rune) string {
	switch r {
	case 0x061C:
		return "ARABIC LETTER MARK"
	case 0x180E:
		return "MONGOLIAN VOWEL SEPARATOR"
	case 0x200B:
		return "ZERO WIDTH SPACE"
	case 0x200C:
		return "ZERO WIDTH NON-JOINER"
	case 0x200D:
		return "ZERO WIDTH JOINER"
	case 0x200E:
		return "LEFT-TO-RIGHT MARK"
	case 0x200F:
		return "RIGHT-TO-LEFT MARK"
	case 0x202A:
		return "LEFT-TO-RIGHT EMBEDDING"
	case 0x202B:
		return "RIGHT-TO-LEFT EMBEDDING"
	case 0x202C:
		return "POP DIRECTIONAL FORMATTING"
	case 0x202D:
		return "LEFT-TO-RIGHT OVERRIDE"
	case 0x202E:
		return "RIGHT-TO-LEFT OVERRIDE"
	case 0x2060:
		return "WORD JOINER"
	case 0x2066:
		return "LEFT-TO-RIGHT ISOLATE"
	case 0x2067:
		return "RIGHT-TO-LEFT ISOLATE"
	case 0x2068:
		return "FIRST STRONG ISOLATE"
	case 0x2069:
		return "POP DIRECTIONAL ISOLATE"
	case 0xFEFF:
		return "ZERO WIDTH NO-BREAK SPACE"
	}
	if r >= 0x2061 && r <= 0x2064 || r >= 0xE0000 && r <= 0xE007F {
		return "INVISIBLE FORMATTING"
	}
	return ""
}
