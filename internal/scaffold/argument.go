package scaffold

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
)

// argument reads what a person wrote on the command line, in the small grammar of the table builder (see ParseTable),
// and points into it where that goes wrong.
type argument struct {
	file *source.File
	pos  int
}

func newArgument(text string) *argument {
	return &argument{file: &source.File{Name: "argument", Text: text}}
}

// fail returns a finding that points at [start, end) of the argument.
func (a *argument) fail(start, end int, hint, message string, args ...any) error {
	return &finding.Finding{
		Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, At: a.file.Span(start, max(end, start+1)),
		Message: fmt.Sprintf(message, args...), Hint: hint,
	}
}

// peek returns the next token that is neither white space nor comment; Kind 0 at the end. A comment is refused, since
// it would swallow what is written behind the argument.
func (a *argument) peek() (sqltext.Token, error) {
	l := sqltext.NewLexer(a.file.Text[a.pos:])
	for {
		t, ok := l.Next()
		if !ok {
			if err := l.Err(); err != nil {
				at := a.pos + err.Offset
				return t, a.fail(at, at+len(err.Text), "", "%s", err.Problem)
			}
			return sqltext.Token{Start: len(a.file.Text), End: len(a.file.Text)}, nil
		}
		t.Start, t.End = t.Start+a.pos, t.End+a.pos
		switch t.Kind {
		case sqltext.Space:
		case sqltext.Comment:
			return t, a.fail(t.Start, t.End, "", "a comment cannot stand here")
		case sqltext.Other:
			return t, a.fail(t.Start, t.End, "", "%q cannot stand here", a.text(t))
		default:
			if strings.ContainsAny(a.text(t), "\r\n") {
				return t, a.fail(t.Start, t.End, "", "a line break cannot stand inside of quotes here")
			}
			return t, nil
		}
	}
}

func (a *argument) text(t sqltext.Token) string { return a.file.Text[t.Start:t.End] }

// sign goes past one of the given signs if it stands here. It looks at characters, since Postgres would take "!=" for
// one operator where we mean "not null, default".
func (a *argument) sign(signs ...string) (string, error) {
	t, err := a.peek()
	if err != nil {
		return "", err
	}
	for _, s := range signs {
		if strings.HasPrefix(a.file.Text[t.Start:], s) {
			a.pos = t.Start + len(s)
			return s, nil
		}
	}
	return "", nil
}

// words goes past the given words if they all stand here, in any case.
func (a *argument) words(words ...string) (bool, error) {
	back := a.pos
	for _, w := range words {
		t, err := a.peek()
		if err != nil {
			return false, err
		}
		if t.Kind != sqltext.Word || !strings.EqualFold(a.text(t), w) {
			a.pos = back
			return false, nil
		}
		a.pos = t.End
	}
	return true, nil
}

// done fails unless the argument is at its end.
func (a *argument) done() error {
	t, err := a.peek()
	if err == nil && t.Kind != 0 {
		err = a.fail(t.Start, t.End, "", "%q cannot stand here", a.text(t))
	}
	return err
}

// nameLimit is the longest name that Postgres keeps, in bytes; it cuts longer ones without asking.
const nameLimit = 63

// name reads a name as SQL does: folded to lower case unless it stands in double quotes.
func (a *argument) name(what string) (string, error) {
	t, err := a.peek()
	if err != nil {
		return "", err
	}
	text := a.text(t)
	switch t.Kind {
	case sqltext.Word:
		text = strings.ToLower(text)
	case sqltext.Identifier:
		if text[0] != '"' {
			return "", a.fail(t.Start, t.End, "write the name itself in double quotes", "U&\"…\" cannot stand here")
		}
		text = strings.ReplaceAll(text[1:len(text)-1], `""`, `"`)
	case 0:
		return "", a.fail(t.Start, t.End, "", "here the name of %s is missing", what)
	default:
		return "", a.fail(t.Start, t.End, `put a name with special characters in double quotes`, "here the name of %s is missing", what)
	}
	switch {
	case text == "":
		return "", a.fail(t.Start, t.End, "", "the name of %s is empty", what)
	case len(text) > nameLimit:
		return "", a.fail(t.Start, t.End, "", "the name is %d bytes long; Postgres keeps %d", len(text), nameLimit)
	case strings.ContainsFunc(text, unicode.IsControl):
		return "", a.fail(t.Start, t.End, "", "there is a control character in the name")
	}
	a.pos = t.End
	return text, nil
}

// qualified reads a name with or without a schema; "public" is the default.
func (a *argument) qualified(what string) (Name, error) {
	first, err := a.name(what)
	if err != nil {
		return Name{}, err
	}
	if dot, err := a.sign("."); err != nil || dot == "" {
		return Name{"public", first}, err
	}
	second, err := a.name(what)
	return Name{first, second}, err
}

// endWords are reserved words that no expression holds outside of parentheses.
var endWords = []string{"unique", "references", "primary", "check", "constraint", "generated"}

// expression reads SQL up to the next "," or ")" that is not inside parentheses, up to a mark of a column in words, or
// up to the end. What it reads is one expression and nothing else: no ";" and no comment gets by.
func (a *argument) expression() (string, error) {
	start, depth, end, before := -1, 0, 0, ""
	for {
		t, err := a.peek()
		if err != nil {
			return "", err
		}
		text := a.text(t)
		if t.Kind == sqltext.Word && depth == 0 && start >= 0 {
			word := strings.ToLower(text)
			notNull := false
			if word == "not" && before != "is" {
				if notNull, err = a.words("not", "null"); err != nil {
					return "", err
				}
				a.pos = end
			}
			if notNull || slices.Contains(endWords, word) {
				return a.file.Text[start:end], nil
			}
			before = word
		}
		switch {
		case t.Kind == 0 && depth > 0:
			return "", a.fail(t.Start, t.End, "", `here a ")" is missing`)
		case t.Kind == 0, depth == 0 && (text == "," || text == ")"):
			if start < 0 {
				return "", a.fail(t.Start, t.End, "", "here an expression is missing")
			}
			return a.file.Text[start:end], nil
		case text == ";":
			return "", a.fail(t.Start, t.End, "", "one expression can stand here, not several statements")
		case text == "(" || text == "[":
			depth++
		case text == ")" || text == "]":
			depth--
		}
		if depth < 0 {
			return "", a.fail(t.Start, t.End, "", `there is no "[" to this "]"`)
		}
		if start < 0 {
			start = t.Start
		}
		a.pos, end = t.End, t.End
	}
}

// aliases are types of other languages and databases, and what Postgres calls them.
var aliases = map[string]string{
	"string": "text", "str": "text", "number": "numeric", "float": "double precision", "double": "double precision",
	"datetime": "timestamptz", "object": "jsonb", "blob": "bytea", "binary": "bytea", "long": "bigint", "tinyint": "smallint",
	"mediumtext": "text", "longtext": "text", "nvarchar": "text", "guid": "uuid", "uniqueidentifier": "uuid", "auto_increment": "bigint",
}

// columnWords are the words that end a type.
var columnWords = []string{"not", "null", "default", "unique", "references", "primary", "check", "generated", "collate", "constraint"}

// sqlType reads a type: words, perhaps with a schema, sizes in parentheses and [].
func (a *argument) sqlType() (string, error) {
	start, end := -1, a.pos
	for {
		t, err := a.peek()
		if err != nil {
			return "", err
		}
		text := a.text(t)
		switch {
		case t.Kind == sqltext.Word && !(start >= 0 && slices.Contains(columnWords, strings.ToLower(text))):
			if other, ok := aliases[strings.ToLower(text)]; ok && start < 0 {
				return "", a.fail(t.Start, t.End, "did you mean "+other+"?", "Postgres has no type %s", text)
			}
		case t.Kind == sqltext.Identifier, text == "." && start >= 0:
		case start >= 0 && (text == "(" || text == "["):
			if t.End, err = a.sizes(t); err != nil {
				return "", err
			}
		case start < 0:
			return "", a.fail(t.Start, t.End, "write one behind the name, as in: name text", "here the type of the column is missing")
		default:
			return a.file.Text[start:end], nil
		}
		if start < 0 {
			start = t.Start
		}
		a.pos, end = t.End, t.End
	}
}

// sizes reads "(10,2)" or "[]" and returns where it ends.
func (a *argument) sizes(open sqltext.Token) (int, error) {
	closing := map[string]string{"(": ")", "[": "]"}[a.text(open)]
	a.pos = open.End
	for {
		t, err := a.peek()
		if err != nil {
			return 0, err
		}
		switch text := a.text(t); {
		case text == closing:
			return t.End, nil
		case t.Kind == sqltext.Number, t.Kind == sqltext.Word, text == ",":
			a.pos = t.End
		default:
			return 0, a.fail(t.Start, t.End, "", "here %q is missing", closing)
		}
	}
}
