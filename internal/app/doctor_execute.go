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
	c := DoctorCheck{Check: "functions", State: CheckOK, Found: "none was seen to run the SQL that it is given"}
	e.function.State, e.function.Runs, e.function.Why = WayAbsent, "", "none was seen, and none is needed"
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
var setsRaw = regexp.MustCompile(`%(\d+\$)?-?(\d+|\*(\d+\$)?)?s`)

// runsText reports whether the body of a function is seen to run one of its arguments as SQL: whole, or set raw into a
// longer text. arguments are their names and places ("query", "$1"). The body is read token by token, and what is quoted
// on the way (quote_literal, %L and %I of format, USING) is no danger. A body that hides what it does is not seen through.
func runsText(body string, arguments []string) bool {
	statements := bodyStatements(body)
	raw := map[string]bool{}
	for _, a := range arguments {
		raw[a] = true
	}
	// What is assigned from it is as raw, also where a loop comes back to it.
	for known := -1; known < len(raw); {
		known = len(raw)
		for _, s := range statements {
			if names, of := assigned(s); !slices.Contains(s, "execute") && holdsRaw(of, raw) {
				for _, name := range names {
					raw[name] = true
				}
			}
		}
	}
	return slices.ContainsFunc(statements, func(s []string) bool {
		_, text, _ := cut(s, "execute")
		for _, end := range []string{"using", "into"} {
			text, _, _ = cut(text, end)
		}
		return holdsRaw(text, raw)
	})
}

// cut is strings.Cut for tokens.
func cut(tokens []string, at string) (before, after []string, found bool) {
	if i := slices.Index(tokens, at); i >= 0 {
		return tokens[:i], tokens[i+1:], true
	}
	return tokens, nil, false
}

// assigned are the variables that a statement gives a value, and what that is made of: name := …, name ALIAS FOR …,
// FOR name IN …, SELECT … INTO name, and cursors, which hold what they select.
func assigned(statement []string) (names, of []string) {
	if len(statement) < 3 {
		return nil, nil
	}
	switch statement[0] {
	case "for", "foreach":
		names, of, _ = cut(statement[1:], "in")
		return names, of
	case "open":
		return statement[1:2], statement[2:]
	case "select", "with", "insert", "update", "delete", "merge", "fetch":
		of, _, _ = cut(statement, "where") // what rows are looked up by is not in them
		before, after, _ := cut(statement[1:], "into")
		if statement[0] != "select" && len(before) == 0 { // INSERT INTO, MERGE INTO a table
			_, after, _ = cut(after, "into")
		}
		return targets(after), of
	}
	if slices.ContainsFunc(statement, func(w string) bool {
		return w == ":=" || w == "=" || w == "default" || w == "alias" || w == "cursor"
	}) {
		return statement[:1], statement[1:]
	}
	return nil, nil
}

// targets are the variables that stand behind INTO.
func targets(after []string) (names []string) {
	for i, word := range after {
		switch {
		case word == "strict" || word == ",":
		case i == 0 || after[i-1] == "," || after[i-1] == "strict":
			names = append(names, word)
		case word != "." && after[i-1] != ".":
			return names
		}
	}
	return names
}

// bodyStatements are the statements of a body as their tokens, words in small letters, without labels.
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
		case ">>":
			if len(one) == 2 && one[0] == "<<" {
				one = nil
				continue
			}
			fallthrough
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
			if call == "format" && i+2 < len(tokens) && strings.HasPrefix(tokens[i+1], "'") && tokens[i+2] == "," && !setsRaw.MatchString(tokens[i+1]) {
				call = "quote_literal" // only %I and %L
			}
			calls = append(calls, call)
		case text == ")" && len(calls) > 0:
			calls = calls[:len(calls)-1]
		case names[text] && !getsQuoted(calls):
			return true
		}
	}
	return false
}

// isName matches what names a function, as operators and commas before a parenthesis do not.
var isName = regexp.MustCompile(`^[\pL_]`)

// getsQuoted reports whether what stands in these calls, the outermost first, is quoted in the end: another function around
// the one that quotes may take the quotes away.
func getsQuoted(calls []string) bool {
	for _, call := range calls {
		switch call {
		case "quote_literal", "quote_ident", "quote_nullable":
			return true
		case "format", "concat", "concat_ws", "coalesce", "string_agg", "array_agg", "array_to_string", "execute", "select", "in", "values":
		default:
			if isName.MatchString(call) {
				return false
			}
		}
	}
	return false
}
