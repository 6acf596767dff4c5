package sqltext

import "strings"

// Normalize returns the form of text in which an edit of its looks does not show: comments, white space and empty
// statements are gone, unquoted words are in lower case, one space stands between tokens and ";" and a newline behind
// every statement. What is quoted stays as it is, as does COPY data, save that CRLF becomes LF everywhere. Two texts
// say the same to Postgres if their forms are equal, and the form of a form is the form itself.
// From the first error of Split on, the text is taken over verbatim.
func Normalize(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	done := 0
	for p, err := range Pieces(text) {
		if err != nil {
			b.WriteString(unixLines(text[done:]))
			break
		}
		done = p.End
		if p.IsEmpty() {
			continue
		}
		normalizeStatement(&b, text[p.First:p.To])
		b.WriteString(";\n")
		if p.Copy != nil {
			b.WriteString(unixLines(text[p.Copy.Start:p.Copy.End]))
			b.WriteString("\\.\n")
		}
	}
	return b.String()
}

func normalizeStatement(b *strings.Builder, text string) {
	first := true
	for t := range Tokens(text) {
		if t.Kind == Space || t.Kind == Comment {
			continue
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		switch token := text[t.Start:t.End]; t.Kind {
		case Word:
			b.WriteString(lower(token))
		case String:
			normalizeString(b, unixLines(token))
		default:
			b.WriteString(unixLines(token))
		}
	}
}

// normalizeString writes a string token with one newline between the parts that continue one another.
func normalizeString(b *strings.Builder, token string) {
	open := strings.IndexByte(token, '\'')
	if token[0] == '$' || open < 0 {
		b.WriteString(token)
		return
	}
	from := 0
	for {
		end := closing(token, open+1, token[0]|0x20 == 'e')
		b.WriteString(token[from:end])
		open = continuation(token, end)
		if open < 0 {
			return
		}
		b.WriteByte('\n')
		from = open
	}
}

// lower folds ASCII letters, as Postgres folds the names of a UTF-8 database.
func lower(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return r >= 'A' && r <= 'Z' })
	if i < 0 {
		return s
	}
	b := []byte(s)
	for ; i < len(b); i++ {
		if b[i] >= 'A' && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

func unixLines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
