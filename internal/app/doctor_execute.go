package app

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// functions tells of functions that run the SQL which they are given: the custom RPC that some guides have people make so
// that migrations can be run over the data API. It is a way too, and no good one.
func (e *examination) functions(seen *catalogSeen) DoctorCheck {
	c := DoctorCheck{Check: "functions", State: CheckOK, Found: "none runs the SQL that it is given"}
	e.function.State, e.function.Runs, e.function.Why = WayAbsent, "", "there is none, and none is needed"
	var do []string
	for _, f := range seen.Functions {
		var arguments []string
		for _, t := range f.Texts {
			arguments = append(arguments, t.Name, fmt.Sprintf("$%d", t.Position))
		}
		if !runsText(f.Source, slices.DeleteFunc(arguments, func(a string) bool { return a == "" })) {
			continue
		}
		as := "the caller"
		if f.Definer {
			as = f.Owner
		}
		by := "nobody over the data API"
		if len(f.Callers) > 0 {
			by = strings.Join(f.Callers, ", ")
		}
		c.Objects = append(c.Objects, fmt.Sprintf("%s runs as %s, for %s", f.Name, as, by))
		open := slices.Contains(f.Callers, "anon") || slices.Contains(f.Callers, "authenticated")
		if c.State == CheckOK {
			c.State, c.Code = CheckWarning, finding.RunsAnySQL
			e.function.Runs = runsBlind
			e.function.At, e.function.State, e.function.Why = f.Name, WayNotTried, "it is there, and was not called: a function that runs any SQL is a security hole"
		}
		if open && f.Definer {
			c.State = CheckProblem
		}
		if open {
			do = append(do, fmt.Sprintf("REVOKE EXECUTE ON %s %s FROM PUBLIC, anon, authenticated;", f.Kind, f.Name))
		}
		do = append(do, fmt.Sprintf("DROP %s %s;", f.Kind, f.Name))
	}
	if c.State == CheckOK {
		return c
	}
	c.Found = fmt.Sprintf("%d that run any SQL they are given, past the history and every check", len(c.Objects))
	c.Do = strings.Join(append(do, "whoever may call it has the database; cairn needs no such function"), "\n")
	e.function.Do = "drop it: cairn needs no such function"
	return c
}

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
