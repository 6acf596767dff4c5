package render

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
)

// Finding draws f: what happened and where, the line of source with a caret, why, and what to do now.
//
//	error PG42P01 supabase/migrations/20240115_chats.sql:12:15
//	  relation "chats" does not exist
//	    12 | select * from chats;
//	       |               ^
//	  DETAIL: …
//	  hint: …
func (s *Screen) Finding(f *finding.Finding) {
	var b strings.Builder
	style := map[finding.Severity]Style{finding.Error: Red, finding.Warning: Yellow, finding.Note: Cyan}[f.Severity]
	b.WriteString(s.paint(style, f.Severity.String()))
	if f.Code != "" {
		b.WriteString(" " + Clean(string(f.Code)))
	}
	if f.At.IsZero() {
		b.WriteString(": ")
		s.block(&b, "", CleanText(f.Message))
	} else {
		b.WriteString(" " + s.paint(Bold, Clean(f.At.String())) + "\n")
		s.block(&b, "  ", CleanText(f.Message))
		s.source(&b, f)
	}
	if f.Detail != "" {
		label := ""
		if strings.HasPrefix(string(f.Code), "PG") {
			label = "DETAIL: "
		}
		s.block(&b, "  "+label, CleanText(f.Detail))
	}
	if f.Hint != "" {
		b.WriteString("  " + s.paint(Cyan, "hint: "))
		s.block(&b, "", CleanText(f.Hint))
	}
	s.write(b.String())
}

// source draws the line that f points at. The empty span at the start of a file stands for the file as a whole.
func (s *Screen) source(b *strings.Builder, f *finding.Finding) {
	if f.At.End == 0 {
		return
	}
	number := strconv.Itoa(f.At.Pos().Line)
	gutter := max(len(number), 4)
	line, marks := excerpt(f.At, s.columns()-gutter-4)
	if strings.TrimSpace(line) == "" {
		return
	}
	style := Red
	if f.Severity != finding.Error {
		style = Yellow
	}
	fmt.Fprintf(b, "%s%s\n", s.paint(Dim, fmt.Sprintf("%*s | ", gutter+1, number)), line)
	fmt.Fprintf(b, "%s%s\n", s.paint(Dim, fmt.Sprintf("%*s | ", gutter+1, "")), s.paint(style, marks))
}

// block writes text with a head before its first line; the lines after it are set in as far as findings are.
func (s *Screen) block(b *strings.Builder, head, text string) {
	text = strings.TrimRight(text, "\n")
	b.WriteString(head + strings.ReplaceAll(text, "\n", "\n  ") + "\n")
}

// Causes draws the chain of errors beneath f, for --debug. Each is what a library said: hide takes the secrets out.
func (s *Screen) Causes(f *finding.Finding, hide func(string) string) {
	for err := f.Cause; err != nil; err = errors.Unwrap(err) {
		s.Styled(Dim, "  caused by: %s (%T)\n", hide(err.Error()), err)
	}
}
