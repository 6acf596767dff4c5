package sqltext

import "strings"

// statement watches the tokens of one statement, to know what a ";" means in it.
type statement struct {
	head   head
	depth  int  // open parentheses
	dot    bool // the last token was a "."
	begin  bool // the last token was the word BEGIN
	atomic bool // inside BEGIN ATOMIC … END
	first  bool // at the first token of a statement in there
}

// head is what the beginning of a statement has shown it to be.
type head uint8

const (
	headStart head = iota
	headCreate
	headCreateOr
	headCreateReplace
	headRoutine // CREATE [OR REPLACE] FUNCTION or PROCEDURE
	headCopy
	headCopyFrom
	headCopyIn // COPY … FROM STDIN
	headOther
)

// open reports whether a ";" here ends the statement.
func (s *statement) open() bool { return s.depth == 0 && !s.atomic }

// copyIn reports whether lines of data stand behind the statement.
func (s *statement) copyIn() bool { return s.head == headCopyIn }

// take looks at the next token that is neither white space nor comment.
func (s *statement) take(t Token, text string) {
	dot, begin, first := s.dot, s.begin, s.first
	s.dot, s.begin, s.first = false, false, false
	s.head = s.head.next(t, text, s.depth == 0 && !dot)
	switch {
	case t.Kind == Punct:
		s.punct(text)
	case t.Kind != Word || s.head != headRoutine || s.depth > 0:
	case s.atomic:
		// No statement of a body starts with END, so there END closes the body. As the end of CASE or as an alias it
		// never comes first.
		s.atomic = !first || !strings.EqualFold(text, "END")
	case begin && strings.EqualFold(text, "ATOMIC"):
		s.atomic, s.first = true, true
	default:
		s.begin = !dot && strings.EqualFold(text, "BEGIN")
	}
}

func (s *statement) punct(text string) {
	switch text {
	case "(":
		s.depth++
	case ")":
		s.depth = max(s.depth-1, 0)
	case ".":
		s.dot = true
	case ";":
		s.first = s.depth == 0
	}
}

// next returns what the beginning shows once t is seen; top says that t stands outside of parentheses and not behind
// a dot, where a keyword may be a name.
func (h head) next(t Token, text string, top bool) head {
	if h == headRoutine || h == headCopyIn || h == headOther {
		return h
	}
	is := func(word string) bool { return t.Kind == Word && strings.EqualFold(text, word) }
	switch {
	case h == headStart && is("CREATE"):
		return headCreate
	case h == headCreate && is("OR"):
		return headCreateOr
	case h == headCreateOr && is("REPLACE"):
		return headCreateReplace
	case (h == headCreate || h == headCreateReplace) && (is("FUNCTION") || is("PROCEDURE")):
		return headRoutine
	case h == headStart && is("COPY"):
		return headCopy
	case h == headCopy && top && is("FROM"):
		return headCopyFrom
	case h == headCopyFrom && (is("STDIN") || is("STDOUT")): // Postgres takes either word for the client
		return headCopyIn
	case h == headCopy && !(top && is("TO")):
		return headCopy
	}
	return headOther
}
