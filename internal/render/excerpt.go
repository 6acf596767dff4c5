package render

import (
	"strings"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/source"
)

// tab is how a tab is drawn.
const tab = "    "

// cell is one character as it is drawn.
type cell struct {
	text  string
	width int
}

// cells returns the characters of s as they are drawn.
func cells(s string) []cell {
	var all []cell
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		shown := tab
		if r != '\t' {
			shown, _ = visible(r, s[i:i+size])
		}
		all = append(all, cell{shown, Width(shown)})
	}
	return all
}

func columns(cells []cell) int {
	n := 0
	for _, c := range cells {
		n += c.width
	}
	return n
}

// excerpt draws the line that at begins on, in at most room columns, and the marks to put under it: a caret under at's
// first character, and tildes under the others where at ends on that line. A long line is cut around the caret.
func excerpt(at source.Span, room int) (line, marks string) {
	text := at.File.Text
	first := strings.LastIndexByte(text[:at.Start], '\n') + 1
	last := len(text)
	if i := strings.IndexByte(text[at.Start:], '\n'); i >= 0 {
		last = at.Start + i
	}
	if last > first && text[last-1] == '\r' {
		last--
	}
	start := min(at.Start, last)

	// A line may have megabytes: look no further than could be drawn, marks on characters included.
	from, to := start, start
	for n := 0; n < 2*room && from > first; n++ {
		_, size := utf8.DecodeLastRuneInString(text[first:from])
		from -= size
	}
	for n := 0; n < 2*room && to < last; n++ {
		_, size := utf8.DecodeRuneInString(text[to:last])
		to += size
	}
	all := append(cells(text[from:start]), cells(text[start:to])...)
	caret := utf8.RuneCountInString(text[from:start])
	for caret > 0 && caret < len(all) && all[caret].width == 0 {
		caret-- // a mark: point at the character that it stands on
	}

	// all[left:right] is what will be drawn: the whole line where it fits, otherwise two thirds before the caret, the
	// rest behind it, and what is then left over before it again. Two columns are kept for the dots.
	left, right := 0, len(all)
	if from > first || to < last || columns(all) > room {
		left, right = caret, caret
		used := 0
		grow := func(back bool, limit int) {
			for {
				next := right
				if back {
					next = left - 1
				}
				if next < 0 || next >= len(all) || used+all[next].width > limit {
					return
				}
				used += all[next].width
				if back {
					left--
				} else {
					right++
				}
			}
		}
		grow(true, (room-2)*2/3)
		grow(false, room-2)
		grow(true, room-2)
		for left < caret && all[left].width == 0 {
			left++
		}
	}
	var b strings.Builder
	column := columns(all[left:caret])
	if left > 0 || from > first {
		b.WriteString("…")
		column++
	}
	for _, c := range all[left:right] {
		b.WriteString(c.text)
	}
	if right < len(all) || to < last {
		b.WriteString("…")
	}
	marks = strings.Repeat(" ", column) + "^"
	if at.End <= last {
		covered := min(caret+utf8.RuneCountInString(text[start:at.End]), right)
		if n := columns(all[caret:max(covered, caret)]); covered > caret+1 && n > 1 {
			marks += strings.Repeat("~", n-1)
		}
	}
	return b.String(), marks
}
