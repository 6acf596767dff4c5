package sqltext

import "fmt"

// Problem is what keeps a text from being split.
type Problem int

// The problems.
const (
	UnterminatedString     Problem = iota + 1 // a '…' that never ends
	UnterminatedIdentifier                    // a "…" that never ends
	UnterminatedDollar                        // a $tag$ without its second
	UnterminatedComment                       // a /* without its */
	UnterminatedCopy                          // COPY … FROM stdin without the `\.` line that ends its data
	TextAfterCopy                             // something behind COPY … FROM stdin; on its line, where data cannot start
	MetaCommand                               // a backslash outside of quotes, which only psql understands
	NulByte                                   // a byte 0, which no Postgres text can hold
)

// String names the problem in plain words.
func (p Problem) String() string {
	switch p {
	case UnterminatedString:
		return "unterminated string"
	case UnterminatedIdentifier:
		return "unterminated quoted identifier"
	case UnterminatedDollar:
		return "unterminated dollar quote"
	case UnterminatedComment:
		return "unterminated comment"
	case UnterminatedCopy:
		return "COPY data without its end"
	case TextAfterCopy:
		return "text between COPY … FROM stdin and its data"
	case MetaCommand:
		return "psql meta-command"
	case NulByte:
		return "NUL byte"
	default:
		return "unknown problem"
	}
}

// Error says what keeps a text from being split, and where.
type Error struct {
	Problem Problem
	Offset  int    // of the first byte of what is wrong: the quote that is not closed, the backslash
	Text    string // the bytes there that show it: `$body$`, `\connect`, `/*`
}

// Error names the problem, its text and its byte offset.
func (e *Error) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s at byte %d", e.Problem, e.Offset)
	}
	return fmt.Sprintf("%s %s at byte %d", e.Problem, e.Text, e.Offset)
}
