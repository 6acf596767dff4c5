package app

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// setsRaw matches a text for format() that sets an argument in as it is.
var setsRaw = regexp.MustCompile(`%(\d+\$)?-?\d*s`)

// runsText reports whether the body of a function runs one of its arguments as SQL: whole, or set raw into a longer text.
// arguments are their names and places ("query", "$1"). The body is read token by token, and what is quoted on the way
// (quote_literal, %L and %I of format, USING) is no danger. A body that hides what it does is not seen through.
func runsText(body string, arguments []string) bool {
	raw := map[string]bool{}
	for _, a := range arguments {
		raw[a] = true
	}
	for _, statement := range bodyStatements(body) {
		if i := slices.Index(statement, "execute"); i >= 0 {
			text := statement[i+1:]
			for n, word := range text {
				if word == "using" || word == "into" {
					text = text[:n]
					break
				}
			}
			if holdsRaw(text, raw) {
				return true
			}
			continue
		}
		// What is assigned from it is as raw.
		if i := slices.IndexFunc(statement, func(w string) bool { return w == ":=" || w == "=" || w == "default" }); i > 0 && holdsRaw(statement[i+1:], raw) {
			raw[statement[0]] = true
		}
	}
	return false
}

// bodyStatements are the statements of a body as their tokens, words in small letters.
func bodyStatements(body string) [][]string {
	var all [][]string
	var one []string
	for t := range sqltext.Tokens(body) {
		text := body[t.Start:t.End]
		switch t.Kind {
		case sqltext.Space, sqltext.Comment:
			continue
		case sqltext.Word:
			text = strings.ToLower(text)
		case sqltext.Identifier:
			text = strings.Trim(text, `"`)
		}
		switch text {
		case ";", "begin", "declare", "then", "else", "loop":
			all, one = append(all, one), nil
		default:
			one = append(one, text)
		}
	}
	return append(all, one)
}

// holdsRaw reports whether one of the names stands in an expression where nothing quotes it.
func holdsRaw(tokens []string, names map[string]bool) bool {
	var calls []string // the function whose parentheses are open, from the outermost
	for i, text := range tokens {
		switch {
		case text == "(":
			call := ""
			if i > 0 {
				call = tokens[i-1]
			}
			if call == "format" && i+1 < len(tokens) && strings.HasPrefix(tokens[i+1], "'") && !setsRaw.MatchString(tokens[i+1]) {
				call = "quote_literal" // only %I and %L
			}
			calls = append(calls, call)
		case text == ")" && len(calls) > 0:
			calls = calls[:len(calls)-1]
		case names[text] && !slices.ContainsFunc(calls, quotes):
			return true
		}
	}
	return false
}

func quotes(call string) bool {
	return call == "quote_literal" || call == "quote_ident" || call == "quote_nullable"
}
