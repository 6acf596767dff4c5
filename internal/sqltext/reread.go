package sqltext

import (
	"regexp"
	"strings"
)

// Postgres prints status IN ('a', 'b') on a varchar as (status)::text = ANY ((ARRAY['a'::character varying, …])::text[]), and
// reads that as a cast of each element (parse_expr.c, transformArrayExpr): another expression, which means the same.
const (
	element  = `(?:E?'(?:[^']|'')*'|NULL)::character varying`
	elements = element + `(?:, ` + element + `)*`
	castList = `])::text[]`
)

var (
	castArray    = regexp.MustCompile(`\(ARRAY\[(` + elements + `)\]\)::text\[\]`)
	castCompared = regexp.MustCompile(`\b(ANY|ALL) \(\((ARRAY\[` + elements + `\])\)::text\[\]\)`)
	anElement    = regexp.MustCompile(element)
)

// Faithful returns a statement with the expressions that Postgres has printed in a form which it reads as what they were.
// What is quoted stays as it is.
func Faithful(sql string) string {
	if !strings.Contains(sql, castList) {
		return sql
	}
	var b strings.Builder
	last := 0 // from where on it is not written yet
	for _, m := range castCompared.FindAllStringSubmatchIndex(sql, -1) {
		if isQuoted(sql, m[0]) {
			continue
		}
		b.WriteString(sql[last:m[0]] + sql[m[2]:m[3]] + " (" + sql[m[4]:m[5]] + ")")
		last = m[1]
	}
	return b.String() + sql[last:]
}

// isQuoted reports whether an offset lies in a string, an identifier or a comment.
func isQuoted(sql string, offset int) bool {
	for t := range Tokens(sql) {
		if t.End > offset {
			return t.Start < offset
		}
	}
	return true
}

// Settled returns text with the expressions that Postgres has printed as it would print them once it has read them again:
// two texts that are equal then say the same.
func Settled(text string) string {
	if !strings.Contains(text, castList) {
		return text
	}
	return castArray.ReplaceAllStringFunc(text, func(array string) string {
		list := strings.TrimSuffix(strings.TrimPrefix(array, "(ARRAY["), castList)
		return "ARRAY[" + anElement.ReplaceAllString(list, "(${0})::text") + "]"
	})
}
