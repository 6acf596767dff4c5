// Package render draws what a run tells: as text for a terminal or a log, as one JSON object, or as lines of JSON.
//
// Whatever comes from outside (SQL, file names, what a server says) is made harmless on its way to a screen; see Clean.
package render

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Screen is a stream for text and what it can show. It remembers the first error of writing, so that callers need not
// look at each.
type Screen struct {
	Out   io.Writer
	TTY   bool       // the cursor can be moved: progress is one line that changes
	Color bool       // colours are wanted
	Width func() int // columns; nil where nobody knows

	err error
}

// Style is how a piece of text stands out where there are colours.
type Style string

// The styles.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "1;31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Printf writes a formatted text in which nothing acts on a terminal.
func (s *Screen) Printf(format string, args ...any) {
	s.write(CleanText(fmt.Sprintf(format, args...)))
}

// Styled is Printf in a style.
func (s *Screen) Styled(st Style, format string, args ...any) {
	s.write(s.paint(st, CleanText(fmt.Sprintf(format, args...))))
}

// Verbatim writes text that a person or a program will run or store: byte for byte, except on a terminal.
func (s *Screen) Verbatim(text string) {
	if s.TTY {
		text = CleanText(text)
	}
	s.write(text)
}

// Err returns the first error of writing.
func (s *Screen) Err() error { return s.err }

// paint puts text, which is clean, in a style.
func (s *Screen) paint(st Style, text string) string {
	if !s.Color || st == Plain || text == "" {
		return text
	}
	body := strings.TrimRight(text, "\n")
	return "\x1b[" + string(st) + "m" + body + "\x1b[0m" + text[len(body):]
}

func (s *Screen) write(text string) {
	if _, err := io.WriteString(s.Out, text); err != nil && s.err == nil {
		s.err = err
	}
}

// columns returns the width to draw for.
func (s *Screen) columns() int {
	if s.Width != nil {
		if n := s.Width(); n > 0 {
			return max(n, 40)
		}
	}
	return 120
}

// When says whether colours are wanted, as the flag puts it.
type When string

// The values of --color.
const (
	Auto   When = "auto"
	Always When = "always"
	Never  When = "never"
)

// Colors decides about colours: the flag counts first, then NO_COLOR, then CLICOLOR_FORCE; otherwise a terminal that
// is not dumb has them.
func Colors(flag When, tty bool, getenv func(string) string) bool {
	force := getenv("CLICOLOR_FORCE")
	switch {
	case flag == Always:
		return true
	case flag == Never, getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	default:
		return tty && getenv("TERM") != "dumb" && getenv("CLICOLOR") != "0"
	}
}

// Duration returns d as a person reads it: "0.4 ms", "12 ms", "3.2 s", "47 s", "2m05s", "1h02m".
func Duration(d time.Duration) string {
	switch {
	case d < 9950*time.Microsecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < 999500*time.Microsecond:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < 9950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	default:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
}
